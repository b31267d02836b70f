package dev.grapevine.query;

import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * What nodes say to each other about queries. Members are called by their names, so that an answer goes to a member and never to an address
 * that a packet names.
 *
 * <pre>
 * question 1, flags (1 acks wanted), id: 8, asker: text, name: text, time, tags: count, count × (key: text, value: text), payload: bytes
 * pass on  2, target: text, via: text, question
 * reply    3, kind (0 ack, 1 answer), id: 8, asker: text, member: text, payload: bytes
 * </pre>
 *
 * Integers are unsigned varints unless a size is given.
 */
public sealed interface QueryMessage extends Encodable {
    /** Most bytes of a query's name. */
    int MAX_NAME_BYTES = 64;

    /** Most bytes of a question's payload, and of an answer. */
    int MAX_PAYLOAD_BYTES = 1024;

    /** Most tags that a question names. */
    int MAX_TAGS = 16;

    /**
     * A question.
     *
     * @param leftMillis how long the asker still waits, milliseconds
     * @param tags that a member must have to be asked; its own word counts
     */
    record Question(
            long id, String asker, String name, boolean acks, int leftMillis, Map<String, String> tags, byte[] payload)
            implements QueryMessage {
        public Question {
            tags = new TreeMap<>(tags); // in order, so that it is written the same everywhere
        }

        @Override
        public int sizeBytes() {
            int size = 10
                    + Wire.textSize(asker)
                    + Wire.textSize(name)
                    + Wire.varintSize(leftMillis)
                    + Wire.varintSize(tags.size())
                    + Wire.bytesSize(payload.length);
            for (Map.Entry<String, String> tag : tags.entrySet())
                size += Wire.textSize(tag.getKey()) + Wire.textSize(tag.getValue());
            return size;
        }

        @Override
        public void encode(ByteBuffer into) {
            into.put((byte) 1).put((byte) (acks ? 1 : 0)).putLong(id);
            Wire.putText(into, asker);
            Wire.putText(into, name);
            Wire.putVarint(into, leftMillis);
            Wire.putVarint(into, tags.size());
            for (Map.Entry<String, String> tag : tags.entrySet()) {
                Wire.putText(into, tag.getKey());
                Wire.putText(into, tag.getValue());
            }
            Wire.putBytes(into, payload);
        }
    }

    /** Give this question to that member. {@code via} is the third party, empty on the way to it. */
    record PassOn(String target, String via, Question question) implements QueryMessage {
        @Override
        public int sizeBytes() {
            return 1 + Wire.textSize(target) + Wire.textSize(via) + question.sizeBytes();
        }

        @Override
        public void encode(ByteBuffer into) {
            into.put((byte) 2);
            Wire.putText(into, target);
            Wire.putText(into, via);
            question.encode(into);
        }
    }

    /** To the asker, or to who passed the question on and passes this back. */
    record Reply(long id, String asker, String member, boolean answer, byte[] payload) implements QueryMessage {
        @Override
        public int sizeBytes() {
            return 10 + Wire.textSize(asker) + Wire.textSize(member) + Wire.bytesSize(payload.length);
        }

        @Override
        public void encode(ByteBuffer into) {
            into.put((byte) 3).put((byte) (answer ? 1 : 0)).putLong(id);
            Wire.putText(into, asker);
            Wire.putText(into, member);
            Wire.putBytes(into, payload);
        }
    }

    /**
     * Reads one message.
     *
     * @throws MalformedPacketException if the bytes are no message
     */
    static QueryMessage decode(ByteBuffer from) {
        int start = from.position();
        return switch (Wire.u8(from)) {
            case 1 -> question(from);
            case 2 -> {
                String target = name(from, 128);
                String via = Wire.text(from, 128);
                int at = from.position();
                if (Wire.u8(from) != 1) throw new MalformedPacketException(Reason.BAD_VALUE, at);
                yield new PassOn(target, via, question(from));
            }
            case 3 -> {
                boolean answer = flag(from);
                yield new Reply(
                        Wire.i64(from), name(from, 128), name(from, 128), answer, Wire.bytes(from, MAX_PAYLOAD_BYTES));
            }
            default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
        };
    }

    private static Question question(ByteBuffer from) {
        boolean acks = flag(from);
        long id = Wire.i64(from);
        String asker = name(from, 128);
        String name = name(from, MAX_NAME_BYTES);
        int left = (int) Wire.varint(from, Integer.MAX_VALUE);
        int count = (int) Wire.varint(from, MAX_TAGS);
        Wire.need(from, 2L * count);
        Map<String, String> tags = new TreeMap<>();
        for (int i = 0; i < count; i++) tags.put(name(from, 255), Wire.text(from, 255));
        return new Question(id, asker, name, acks, left, tags, Wire.bytes(from, MAX_PAYLOAD_BYTES));
    }

    private static boolean flag(ByteBuffer from) {
        int at = from.position();
        int flag = Wire.u8(from);
        if (flag > 1) throw new MalformedPacketException(Reason.BAD_VALUE, at);
        return flag == 1;
    }

    private static String name(ByteBuffer from, int maxBytes) {
        int at = from.position();
        String name = Wire.text(from, maxBytes);
        if (name.isEmpty()) throw new MalformedPacketException(Reason.BAD_VALUE, at);
        return name;
    }
}
