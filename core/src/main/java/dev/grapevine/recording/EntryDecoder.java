package dev.grapevine.recording;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Command;
import dev.grapevine.core.Input;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads one segment of a recording, record by record. Every length is checked before memory is taken. */
public final class EntryDecoder {
    private static final int MAX_NAME = 1_024;
    private static final int MOST_ZEROS = 1 << 20; // in one datagram or piece of a stream of a redacted recording

    private final ByteBuffer segment;
    private final String place;
    private final ValueReader values;
    private final CRC32C crc = new CRC32C();
    private boolean redacted;
    private int offset;
    private int tornBytes;

    /**
     * @param segment the whole segment, between position and limit
     * @param place how errors call it, such as the file's name
     * @param keys the keys that commands name
     * @throws RecordingException if it does not begin like a segment
     */
    public EntryDecoder(ByteBuffer segment, String place, KeyFinder keys) {
        this.segment = segment.slice();
        this.place = place;
        this.values = new ValueReader(keys);
        // A prefix of the eight bytes is a segment that was torn as it began.
        for (int i = 0; i < 8 && i < this.segment.limit(); i++) {
            if (this.segment.get(i) == (byte) (EntryEncoder.MAGIC >>> (56 - 8 * i))) continue;
            throw new RecordingException(
                    i < 7 ? place + " is no recording" : place + " is a recording in another version of the format");
        }
        offset = Math.min(8, this.segment.limit());
    }

    /**
     * The next record; null at the end, which may be torn: see {@link #tornBytes}.
     *
     * @throws RecordingException if a byte was changed; the message says where
     * @throws MissingKeyException if a command names a key that is not at hand
     */
    public @Nullable Entry next() {
        int left = segment.limit() - offset;
        if (left < EntryEncoder.FRAME_BYTES) return torn(left);
        int frame = segment.getInt(offset);
        int length = frame >>> 8;
        if (frame == 0 && isZero(offset)) return torn(left); // a file that was extended and not written
        if ((frame & 0xFF) != EntryEncoder.check(length) || length == 0) throw damaged("a length", offset);
        if (left < EntryEncoder.FRAME_BYTES + length) return torn(left);
        int body = offset + EntryEncoder.FRAME_BYTES;
        crc.reset();
        crc.update(segment.slice(body, length));
        if ((int) crc.getValue() != segment.getInt(offset + 4)) throw damaged("a record", offset);
        Entry entry;
        try {
            entry = entry(segment.slice(body, length));
        } catch (MalformedPacketException | IllegalArgumentException | ArithmeticException wrong) {
            throw new RecordingException(
                    place + ": the record at byte " + offset + " holds what was never written: " + wrong.getMessage(),
                    wrong);
        } catch (RecordingException wrong) {
            throw new RecordingException(place + ", byte " + offset + ": " + wrong.getMessage(), wrong);
        }
        offset = body + length;
        return entry;
    }

    /** Where the next record starts, bytes from the start of the segment. */
    public int offset() {
        return offset;
    }

    /** Bytes at the end that are the beginning of a record whose end was never written; {@code 0} before the end is reached. */
    public int tornBytes() {
        return tornBytes;
    }

    /**
     * The settings in a header.
     *
     * @throws RecordingException if they are not of this type, as this version of the program knows it
     * @throws MissingKeyException if they name a key that is not at hand
     */
    public static <T extends Record> T settings(Entry.Header header, Class<T> type, KeyFinder keys) {
        Object read = new ValueReader(keys).read(ByteBuffer.wrap(header.settings()), type);
        if (read == null) throw new RecordingException("the settings are missing");
        return type.cast(read);
    }

    private @Nullable Entry torn(int left) {
        tornBytes = left;
        return null;
    }

    private boolean isZero(int from) {
        for (int i = from; i < segment.limit(); i++) if (segment.get(i) != 0) return false;
        return true;
    }

    private RecordingException damaged(String what, int at) {
        return new RecordingException(place + " is damaged: " + what + " at byte " + at + " is not what was written");
    }

    private Entry entry(ByteBuffer from) {
        int kind = Wire.u8(from);
        Entry entry = switch (kind) {
            case EntryEncoder.HEADER -> header(from);
            case EntryEncoder.GAP -> new Entry.Gap(Wire.varint(from));
            case EntryEncoder.END -> new Entry.End(Wire.varint(from));
            default -> {
                long nowNanos = Wire.varint(from);
                Input input = input(kind, from);
                yield new Entry.Handled(nowNanos, input, outcome(from));
            }
        };
        if (from.hasRemaining()) throw new RecordingException("a record is longer than what it holds");
        return entry;
    }

    private Entry header(ByteBuffer from) {
        Entry.Header header = new Entry.Header(
                Wire.text(from, MAX_NAME),
                Wire.text(from, MAX_NAME),
                Wire.i64(from),
                (int) Wire.varint(from, Integer.MAX_VALUE),
                Wire.varint(from),
                Wire.varint(from),
                Wire.i64(from),
                Wire.u8(from) != 0,
                Wire.bytes(from, from.remaining()));
        redacted = header.redacted();
        return header;
    }

    private Input input(int kind, ByteBuffer from) {
        return switch (kind) {
            case EntryEncoder.DATAGRAM -> new Input.Datagram(Wire.address(from), bytes(from));
            case EntryEncoder.STREAM_ACCEPTED -> new Input.StreamAccepted(signed(from), Wire.address(from));
            case EntryEncoder.STREAM_CONNECTED -> new Input.StreamConnected(signed(from));
            case EntryEncoder.STREAM_BYTES -> new Input.StreamBytes(signed(from), bytes(from));
            case EntryEncoder.STREAM_DRAINED -> new Input.StreamDrained(signed(from));
            case EntryEncoder.STREAM_ENDED -> new Input.StreamEnded(signed(from));
            case EntryEncoder.STREAM_CLOSED ->
                new Input.StreamClosed(signed(from), CloseReason.valueOf(Wire.text(from, MAX_NAME)));
            case EntryEncoder.COMMANDED -> {
                long id = Wire.varint(from);
                yield new Input.Commanded(id, command(values.read(from, Command.class)));
            }
            case EntryEncoder.UNRECORDABLE ->
                new Input.Commanded(
                        Wire.varint(from),
                        new Unrecordable(Wire.text(from, MAX_NAME), Wire.text(from, from.remaining())));
            case EntryEncoder.WALL_CLOCK -> new Input.WallClock(signed(from));
            case EntryEncoder.RESOLVED -> {
                String host = Wire.text(from, from.remaining());
                int port = (int) Wire.varint(from, 0xFFFF);
                int count = (int) Wire.varint(from, from.remaining());
                List<Address> addresses = new ArrayList<>();
                for (int i = 0; i < count; i++) addresses.add(Wire.address(from));
                yield new Input.Resolved(host, port, List.copyOf(addresses));
            }
            case EntryEncoder.PAUSED -> new Input.Paused(Wire.varint(from));
            case EntryEncoder.TICK -> new Input.Tick();
            default -> throw new RecordingException("no kind of record is called " + kind);
        };
    }

    private static Command command(@Nullable Object read) {
        if (read instanceof Command command) return command;
        throw new RecordingException("a command is missing");
    }

    private static Outcome outcome(ByteBuffer from) {
        long count = Wire.varint(from, Integer.MAX_VALUE);
        if (count == 1) {
            String thrown = Wire.text(from, MAX_NAME);
            return new Outcome(new long[0], signed(from), thrown);
        }
        Wire.need(from, count / 2 * 8);
        long[] effects = new long[(int) (count / 2)];
        for (int i = 0; i < effects.length; i++) effects[i] = from.getLong();
        return new Outcome(effects, signed(from), null);
    }

    private static long signed(ByteBuffer from) {
        long value = Wire.varint(from);
        return value >>> 1 ^ -(value & 1);
    }

    private ByteBuffer bytes(ByteBuffer from) {
        if (redacted) return ByteBuffer.allocate((int) Wire.varint(from, MOST_ZEROS));
        int length = (int) Wire.varint(from, from.remaining());
        Wire.need(from, length);
        ByteBuffer bytes = from.slice(from.position(), length);
        from.position(from.position() + length);
        return bytes;
    }
}
