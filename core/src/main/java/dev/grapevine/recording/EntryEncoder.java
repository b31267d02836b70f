package dev.grapevine.recording;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes the records of a recording ({@code docs/replay.md}). Of datagrams, streams and ticks nothing is allocated but the view that is returned. Not
 * thread-safe.
 *
 * <pre>
 * 0..2: length of the body   3: these three XOR 0xA5   4..7: CRC-32C of the body   8: kind   9..: what the kind says
 * </pre>
 */
public final class EntryEncoder {
    /** The first eight bytes of every segment: a name and the version of the format. */
    public static final long MAGIC = 0x4752_4156_5245_4301L; // "GRAVREC", 1

    /** Most bytes of one record's body: 16 MiB less one. */
    public static final int MAX_BYTES = (1 << 24) - 1;

    static final int FRAME_BYTES = 8;
    static final int HEADER = 0;
    static final int DATAGRAM = 1;
    static final int STREAM_ACCEPTED = 2;
    static final int STREAM_CONNECTED = 3;
    static final int STREAM_BYTES = 4;
    static final int STREAM_DRAINED = 5;
    static final int STREAM_ENDED = 6;
    static final int STREAM_CLOSED = 7;
    static final int COMMANDED = 8;
    static final int WALL_CLOCK = 9;
    static final int RESOLVED = 10;
    static final int PAUSED = 11;
    static final int TICK = 12;
    static final int UNRECORDABLE = 13;
    static final int GAP = 14;
    static final int END = 15;

    private static final int MOST_COMMAND_BYTES = MAX_BYTES - (1 << 20); // room for what becomes of it

    private final Sink sink = new Sink();
    private final CRC32C crc = new CRC32C();
    private final ValueWriter values;
    private final EffectHash hash;
    private final boolean redacting;

    /** @param redacting whether of datagrams, stream bytes and {@code byte[]} values of commands the length alone is written */
    public EntryEncoder(boolean redacting) {
        this.redacting = redacting;
        values = new ValueWriter(redacting);
        hash = new EffectHash(redacting);
    }

    /**
     * The bytes of a machine's settings: a record of numbers, texts, lists and other such records. Keys in it become fingerprints.
     *
     * @throws IllegalArgumentException if something in it has no form as bytes
     */
    public static byte[] settings(Record settings) {
        Sink sink = new Sink();
        try {
            new ValueWriter(false).write(settings, sink);
        } catch (UnsupportedValueException unknown) {
            throw new IllegalArgumentException("settings cannot be recorded: " + unknown.getMessage(), unknown);
        }
        return Arrays.copyOf(sink.array(), sink.size());
    }

    /** The record that stands behind {@link #MAGIC} in every segment; like all results valid until the next call. */
    public ByteBuffer header(Entry.Header header) {
        begin(HEADER);
        sink.text(header.machine());
        sink.text(header.name());
        sink.i64(header.recording());
        sink.varint(header.segment());
        sink.varint(header.firstInput());
        sink.varint(header.startEpochMillis());
        sink.i64(header.seed());
        sink.u8(header.redacted() ? 1 : 0);
        sink.bytes(header.settings());
        return framed();
    }

    /** Begins the record of an input, before the machine reads it. Buffers in it stay where they are. */
    public void input(Input input, long nowNanos) {
        begin(kind(input));
        sink.varint(nowNanos);
        switch (input) {
            case Input.Datagram(Address from, ByteBuffer packet) -> {
                sink.address(from);
                content(packet);
            }
            case Input.StreamAccepted(long stream, Address from) -> {
                sink.signed(stream);
                sink.address(from);
            }
            case Input.StreamConnected(long stream) -> sink.signed(stream);
            case Input.StreamBytes(long stream, ByteBuffer bytes) -> {
                sink.signed(stream);
                content(bytes);
            }
            case Input.StreamDrained(long stream) -> sink.signed(stream);
            case Input.StreamEnded(long stream) -> sink.signed(stream);
            case Input.StreamClosed(long stream, CloseReason reason) -> {
                sink.signed(stream);
                sink.text(reason.name());
            }
            case Input.Commanded(long id, Command command) -> command(id, command, nowNanos);
            case Input.WallClock(long epochMillis) -> sink.signed(epochMillis);
            case Input.Resolved(String host, int port, List<Address> addresses) -> {
                sink.text(host);
                sink.varint(port);
                sink.varint(addresses.size());
                for (Address address : addresses) sink.address(address);
            }
            case Input.Paused(long lostNanos) -> sink.varint(lostNanos);
            case Input.Tick() -> {}
        }
    }

    private void content(ByteBuffer bytes) {
        if (redacting) sink.varint(bytes.remaining());
        else sink.bytes(bytes);
    }

    private void command(long id, Command command, long nowNanos) {
        sink.varint(id);
        String why;
        try {
            values.write(command, sink);
            if (sink.size() <= MOST_COMMAND_BYTES) return;
            why = sink.size() + " bytes are more than a record holds";
        } catch (UnsupportedValueException unknown) {
            why = String.valueOf(unknown.getMessage());
        }
        begin(UNRECORDABLE);
        sink.varint(nowNanos);
        sink.varint(id);
        sink.text(command.getClass().getName());
        sink.text(why);
    }

    /**
     * Completes the record that {@link #input} began.
     *
     * @param effects what the machine asked for; not yet performed
     * @param nextDeadlineNanos what the machine then says
     * @param thrown what the machine threw instead; null if it did not
     */
    public ByteBuffer outcome(Effects effects, long nextDeadlineNanos, @Nullable RuntimeException thrown) {
        if (thrown == null) {
            int count = effects.list().size();
            sink.varint(count * 2L);
            for (int i = 0; i < count; i++) sink.i64(hash.of(effects.list().get(i)));
        } else {
            sink.varint(1);
            sink.text(thrown.getClass().getName());
        }
        sink.signed(nextDeadlineNanos);
        return framed();
    }

    /** Says that inputs are missing. */
    public ByteBuffer gap(long count) {
        begin(GAP);
        sink.varint(count);
        return framed();
    }

    /** Says that the recording ended in order. */
    public ByteBuffer end(long inputs) {
        begin(END);
        sink.varint(inputs);
        return framed();
    }

    private static int kind(Input input) {
        return switch (input) {
            case Input.Datagram ignored -> DATAGRAM;
            case Input.StreamAccepted ignored -> STREAM_ACCEPTED;
            case Input.StreamConnected ignored -> STREAM_CONNECTED;
            case Input.StreamBytes ignored -> STREAM_BYTES;
            case Input.StreamDrained ignored -> STREAM_DRAINED;
            case Input.StreamEnded ignored -> STREAM_ENDED;
            case Input.StreamClosed ignored -> STREAM_CLOSED;
            case Input.Commanded ignored -> COMMANDED;
            case Input.WallClock ignored -> WALL_CLOCK;
            case Input.Resolved ignored -> RESOLVED;
            case Input.Paused ignored -> PAUSED;
            case Input.Tick ignored -> TICK;
        };
    }

    private void begin(int kind) {
        sink.clear();
        sink.i64(0); // the frame, once its values are known
        sink.u8(kind);
    }

    private ByteBuffer framed() {
        int length = sink.size() - FRAME_BYTES;
        if (length > MAX_BYTES) throw new IllegalStateException("a record of " + length + " bytes");
        ByteBuffer record = ByteBuffer.wrap(sink.array(), 0, sink.size());
        crc.reset();
        crc.update(sink.array(), FRAME_BYTES, length);
        record.putInt(0, length << 8 | check(length)).putInt(4, (int) crc.getValue());
        return record;
    }

    /** One byte beside a length, so that a damaged length is not taken for the end of the file. */
    static int check(int length) {
        return (length ^ length >>> 8 ^ length >>> 16 ^ 0xA5) & 0xFF;
    }
}
