package dev.grapevine.agent.serf;

import dev.grapevine.serf.msgpack.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The little of DNS that multicast discovery needs: questions, and records of types PTR, SRV, A and TXT. Source: RFC 1035
 * and RFC 6762. Whatever else a message holds is passed over.
 *
 * @param questions what is asked, for a query
 * @param records answers and additional records, for a response
 */
record DnsMessage(boolean response, int id, List<Question> questions, List<Resource> records) {
    static final int A = 1;
    static final int PTR = 12;
    static final int TXT = 16;
    static final int SRV = 33;
    static final int ANY = 255;

    private static final int IN = 1;
    private static final int TTL_SECONDS = 120;
    private static final int HEADER_BYTES = 12;
    private static final int MAX_NAME_BYTES = 255;
    private static final int MAX_LABEL_BYTES = 63;
    private static final int MAX_RECORDS = 64;

    /** A name in lower case without the last dot, and a type. */
    record Question(String name, int type) {}

    /** What is said about a name. */
    sealed interface Resource {
        String name();

        record Pointer(String name, String target) implements Resource {}

        record Service(String name, int port, String target) implements Resource {}

        /** {@code ip}: four bytes. */
        record Host(String name, Bytes ip) implements Resource {}

        record Text(String name, String text) implements Resource {}
    }

    /** Bytes that are no message. */
    static final class MalformedDnsException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedDnsException(String message) {
            super(message, null, false, false);
        }
    }

    static DnsMessage question(int id, String name, int type) {
        return new DnsMessage(false, id, List.of(new Question(name, type)), List.of());
    }

    /**
     * Reads a message; all lengths are checked, and no more than 64 records are read.
     *
     * @throws MalformedDnsException if the bytes end early or a name has no end
     */
    static DnsMessage read(ByteBuffer from) throws MalformedDnsException {
        ByteBuffer in = from.slice();
        try {
            int id = in.getShort() & 0xFFFF;
            int flags = in.getShort() & 0xFFFF;
            int questionCount = in.getShort() & 0xFFFF;
            int recordCount = (in.getShort() & 0xFFFF) + (in.getShort() & 0xFFFF) + (in.getShort() & 0xFFFF);
            if ((flags & 0x7800) != 0) throw new MalformedDnsException("operation " + ((flags >> 11) & 15));
            List<Question> questions = new ArrayList<>();
            for (int i = 0; i < Math.min(questionCount, MAX_RECORDS); i++) {
                String name = name(in);
                int type = in.getShort() & 0xFFFF;
                in.getShort();
                questions.add(new Question(name, type));
            }
            List<Resource> records = new ArrayList<>();
            if (questionCount <= MAX_RECORDS)
                for (int i = 0; i < Math.min(recordCount, MAX_RECORDS); i++) readRecord(in, records);
            return new DnsMessage((flags & 0x8000) != 0, id, questions, records);
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException tooShort) {
            throw new MalformedDnsException("ends early");
        }
    }

    private static void readRecord(ByteBuffer in, List<Resource> into) throws MalformedDnsException {
        String name = name(in);
        int type = in.getShort() & 0xFFFF;
        in.getShort();
        in.getInt();
        int length = in.getShort() & 0xFFFF;
        if (length > in.remaining()) throw new MalformedDnsException("ends early");
        int end = in.position() + length;
        switch (type) {
            case PTR -> into.add(new Resource.Pointer(name, name(in)));
            case SRV -> {
                in.getInt(); // priority and weight
                int port = in.getShort() & 0xFFFF;
                into.add(new Resource.Service(name, port, name(in)));
            }
            case A -> {
                if (length != 4) throw new MalformedDnsException("an address of " + length + " bytes");
                byte[] ip = new byte[4];
                in.get(ip);
                into.add(new Resource.Host(name, Bytes.of(ip)));
            }
            default -> {
                // not needed to find anybody
            }
        }
        in.position(end);
    }

    /** A name, following pointers; each must point before where it stands, so that every name has an end. */
    private static String name(ByteBuffer in) throws MalformedDnsException {
        StringBuilder name = new StringBuilder();
        int at = in.position();
        int after = -1;
        int limit = at;
        while (true) {
            int length = in.get(at) & 0xFF;
            if (length == 0) break;
            if (length >= 0xC0) {
                int target = (length & 0x3F) << 8 | in.get(at + 1) & 0xFF;
                if (after < 0) after = at + 2;
                if (target >= limit) throw new MalformedDnsException("a name that points ahead");
                at = target;
                limit = target;
                continue;
            }
            if (length > MAX_LABEL_BYTES || name.length() + length + 1 > MAX_NAME_BYTES)
                throw new MalformedDnsException("a name that is too long");
            byte[] label = new byte[length];
            in.get(at + 1, label);
            if (name.length() > 0) name.append('.');
            name.append(new String(label, StandardCharsets.UTF_8));
            at += 1 + length;
        }
        in.position(after < 0 ? at + 1 : after);
        return name.toString().toLowerCase(Locale.ROOT);
    }

    /**
     * The message as bytes, without name compression.
     *
     * @throws IllegalArgumentException if a name cannot be written
     */
    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        two(out, id);
        two(out, response ? 0x8400 : 0);
        two(out, questions.size());
        two(out, records.size());
        two(out, 0);
        two(out, 0);
        for (Question question : questions) {
            out.writeBytes(name(question.name()));
            two(out, question.type());
            two(out, IN);
        }
        for (Resource each : records) {
            byte[] data = data(each);
            out.writeBytes(name(each.name()));
            two(out, type(each));
            two(out, IN);
            two(out, 0);
            two(out, TTL_SECONDS);
            two(out, data.length);
            out.writeBytes(data);
        }
        return out.toByteArray();
    }

    private static int type(Resource each) {
        return switch (each) {
            case Resource.Pointer ignored -> PTR;
            case Resource.Service ignored -> SRV;
            case Resource.Host ignored -> A;
            case Resource.Text ignored -> TXT;
        };
    }

    private static byte[] data(Resource each) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (each) {
            case Resource.Pointer pointer -> out.writeBytes(name(pointer.target()));
            case Resource.Service service -> {
                two(out, 10);
                two(out, 1);
                two(out, service.port());
                out.writeBytes(name(service.target()));
            }
            case Resource.Host host -> out.writeBytes(host.ip().array());
            case Resource.Text text -> {
                byte[] said = text.text().getBytes(StandardCharsets.UTF_8);
                out.write(Math.min(said.length, MAX_NAME_BYTES));
                out.write(said, 0, Math.min(said.length, MAX_NAME_BYTES));
            }
        }
        return out.toByteArray();
    }

    private static byte[] name(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String label : name.split("\\.")) {
            byte[] bytes = label.getBytes(StandardCharsets.UTF_8);
            if (bytes.length == 0 || bytes.length > MAX_LABEL_BYTES)
                throw new IllegalArgumentException("'" + name + "' is no name for DNS: each part has 1 to 63 bytes");
            out.write(bytes.length);
            out.writeBytes(bytes);
        }
        out.write(0);
        if (out.size() > MAX_NAME_BYTES) throw new IllegalArgumentException("'" + name + "' is too long for DNS");
        return out.toByteArray();
    }

    private static void two(ByteArrayOutputStream out, int value) {
        out.write(value >> 8);
        out.write(value);
    }

    /** Whether a packet can hold a message at all. */
    static boolean isLongEnough(ByteBuffer packet) {
        return packet.remaining() >= HEADER_BYTES;
    }
}
