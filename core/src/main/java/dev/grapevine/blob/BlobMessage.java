package dev.grapevine.blob;

import dev.grapevine.state.reconcile.PinSketch;
import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What nodes say to each other about blobs. An id is 32 bytes, integers are unsigned varints unless a size is given.
 *
 * <pre>
 * announce  1, count, count × (id, size)
 * get       2, id
 * whole     3, id, bytes                          of one chunk: the answer to get
 * manifest  4, id, size, (32 bytes per chunk)     of more
 * chunks    5, id, first, count
 * chunk     6, id, index, bytes
 * none      7, id
 * reconcile 8, salt: 4, size of the set, q × 32767: 2
 * sketch    9, salt: 4, capacity, capacity × 4
 * reconciled 10, success: 1, count, count × short id: 4 (wanted), count, count × short id: 4 (to be had)
 * ask       11, count, count × short id: 4
 * small     12, bytes                             of one chunk: the answer to a short id
 * more      13                                    the sketch does not suffice
 * extension 14, count, count × 4                  what a sketch of twice the capacity has besides
 * again     15                                    asks for reconciled, which did not come
 * </pre>
 *
 * A short id is made with the salt of the node that reads it, or began the comparison: to it, a blob has the same one on all links.
 */
public sealed interface BlobMessage extends Encodable {
    /** Bytes of every chunk but the last. */
    int CHUNK_BYTES = 64 << 10;

    /** Largest blob, bytes. */
    int MAX_BYTES = 64 << 20;

    /** Most ids in an announcement. */
    int MAX_ANNOUNCED = 1024;

    record Offer(BlobId id, int sizeBytes) {}

    record Announce(List<Offer> offers) implements BlobMessage {}

    record Get(BlobId id) implements BlobMessage {}

    record Whole(BlobId id, byte[] bytes) implements BlobMessage {}

    record Manifest(BlobId id, int totalBytes, byte[] hashes) implements BlobMessage {}

    record GetChunks(BlobId id, int first, int count) implements BlobMessage {}

    record Chunk(BlobId id, int index, byte[] bytes) implements BlobMessage {}

    record None(BlobId id) implements BlobMessage {}

    /** Most short ids in a list. */
    int MAX_SHORT = 512;

    record Reconcile(int salt, int setSize, int q) implements BlobMessage {}

    record Sketch(int salt, int capacity, byte[] bytes) implements BlobMessage {}

    record Reconciled(boolean success, List<Integer> wanted, List<Integer> have) implements BlobMessage {}

    record Ask(List<Integer> ids) implements BlobMessage {}

    record Small(byte[] bytes) implements BlobMessage {}

    record More() implements BlobMessage {}

    record Again() implements BlobMessage {}

    record Extension(int count, byte[] bytes) implements BlobMessage {}

    /** Chunks of a blob of that size. */
    static int chunks(int totalBytes) {
        return Math.max(1, (totalBytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }

    @Override
    default int sizeBytes() {
        return switch (this) {
            case Announce(List<Offer> offers) -> {
                int size = 1 + Wire.varintSize(offers.size());
                for (Offer offer : offers) size += BlobId.BYTES + Wire.varintSize(offer.sizeBytes());
                yield size;
            }
            case Get get -> 1 + BlobId.BYTES;
            case Whole(BlobId id, byte[] bytes) -> 1 + BlobId.BYTES + Wire.bytesSize(bytes.length);
            case Manifest(BlobId id, int total, byte[] hashes) ->
                1 + BlobId.BYTES + Wire.varintSize(total) + hashes.length;
            case GetChunks(BlobId id, int first, int count) ->
                1 + BlobId.BYTES + Wire.varintSize(first) + Wire.varintSize(count);
            case Chunk(BlobId id, int index, byte[] bytes) ->
                1 + BlobId.BYTES + Wire.varintSize(index) + Wire.bytesSize(bytes.length);
            case None none -> 1 + BlobId.BYTES;
            case Reconcile(int salt, int setSize, int q) -> 7 + Wire.varintSize(setSize);
            case Sketch(int salt, int capacity, byte[] bytes) -> 5 + Wire.varintSize(capacity) + bytes.length;
            case Reconciled(boolean success, List<Integer> wanted, List<Integer> have) ->
                2 + shortSize(wanted) + shortSize(have);
            case Ask(List<Integer> ids) -> 1 + shortSize(ids);
            case Small(byte[] bytes) -> 1 + Wire.bytesSize(bytes.length);
            case More more -> 1;
            case Again again -> 1;
            case Extension(int count, byte[] bytes) -> 1 + Wire.varintSize(count) + bytes.length;
        };
    }

    private static int shortSize(List<Integer> ids) {
        return Wire.varintSize(ids.size()) + 4 * ids.size();
    }

    private static void putShort(ByteBuffer into, List<Integer> ids) {
        Wire.putVarint(into, ids.size());
        for (int id : ids) into.putInt(id);
    }

    private static List<Integer> shorts(ByteBuffer from) {
        int count = (int) Wire.varint(from, MAX_SHORT);
        Wire.need(from, 4L * count);
        List<Integer> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) ids.add(from.getInt());
        return ids;
    }

    private static byte[] syndromes(ByteBuffer from, int count) {
        Wire.need(from, 4L * count);
        byte[] bytes = new byte[4 * count];
        from.get(bytes);
        return bytes;
    }

    @Override
    default void encode(ByteBuffer into) {
        switch (this) {
            case Announce(List<Offer> offers) -> {
                into.put((byte) 1);
                Wire.putVarint(into, offers.size());
                for (Offer offer : offers) {
                    offer.id().write(into);
                    Wire.putVarint(into, offer.sizeBytes());
                }
            }
            case Get(BlobId id) -> id.write(into.put((byte) 2));
            case Whole(BlobId id, byte[] bytes) -> {
                id.write(into.put((byte) 3));
                Wire.putBytes(into, bytes);
            }
            case Manifest(BlobId id, int total, byte[] hashes) -> {
                id.write(into.put((byte) 4));
                Wire.putVarint(into, total);
                into.put(hashes);
            }
            case GetChunks(BlobId id, int first, int count) -> {
                id.write(into.put((byte) 5));
                Wire.putVarint(into, first);
                Wire.putVarint(into, count);
            }
            case Chunk(BlobId id, int index, byte[] bytes) -> {
                id.write(into.put((byte) 6));
                Wire.putVarint(into, index);
                Wire.putBytes(into, bytes);
            }
            case None(BlobId id) -> id.write(into.put((byte) 7));
            case Reconcile(int salt, int setSize, int q) -> {
                into.put((byte) 8).putInt(salt);
                Wire.putVarint(into, setSize);
                into.putShort((short) q);
            }
            case Sketch(int salt, int capacity, byte[] bytes) -> {
                into.put((byte) 9).putInt(salt);
                Wire.putVarint(into, capacity);
                into.put(bytes);
            }
            case Reconciled(boolean success, List<Integer> wanted, List<Integer> have) -> {
                into.put((byte) 10).put((byte) (success ? 1 : 0));
                putShort(into, wanted);
                putShort(into, have);
            }
            case Ask(List<Integer> ids) -> putShort(into.put((byte) 11), ids);
            case Small(byte[] bytes) -> Wire.putBytes(into.put((byte) 12), bytes);
            case More more -> into.put((byte) 13);
            case Again again -> into.put((byte) 15);
            case Extension(int count, byte[] bytes) -> {
                into.put((byte) 14);
                Wire.putVarint(into, count);
                into.put(bytes);
            }
        }
    }

    /**
     * Reads one message.
     *
     * @throws MalformedPacketException if the bytes are no message
     */
    static BlobMessage decode(ByteBuffer from) {
        int start = from.position();
        return switch (Wire.u8(from)) {
            case 1 -> {
                int count = (int) Wire.varint(from, MAX_ANNOUNCED);
                Wire.need(from, count * (BlobId.BYTES + 1L));
                List<Offer> offers = new ArrayList<>(count);
                for (int i = 0; i < count; i++) offers.add(new Offer(id(from), (int) Wire.varint(from, MAX_BYTES)));
                yield new Announce(offers);
            }
            case 2 -> new Get(id(from));
            case 3 -> new Whole(id(from), Wire.bytes(from, CHUNK_BYTES));
            case 4 -> {
                BlobId id = id(from);
                int total = (int) Wire.varint(from, MAX_BYTES);
                int length = 32 * chunks(total);
                Wire.need(from, length);
                byte[] hashes = new byte[length];
                from.get(hashes);
                yield new Manifest(id, total, hashes);
            }
            case 5 -> {
                BlobId id = id(from);
                int most = chunks(MAX_BYTES);
                yield new GetChunks(id, (int) Wire.varint(from, most - 1), (int) Wire.varint(from, most));
            }
            case 6 ->
                new Chunk(id(from), (int) Wire.varint(from, chunks(MAX_BYTES) - 1), Wire.bytes(from, CHUNK_BYTES));
            case 7 -> new None(id(from));
            case 8 -> {
                Wire.need(from, 4);
                int salt = from.getInt();
                int size = (int) Wire.varint(from, 1 << 20);
                Wire.need(from, 2);
                yield new Reconcile(salt, size, from.getShort() & 0xFFFF);
            }
            case 9 -> {
                Wire.need(from, 4);
                int salt = from.getInt();
                int capacity = (int) Wire.varint(from, PinSketch.MAX_CAPACITY);
                yield new Sketch(salt, capacity, syndromes(from, capacity));
            }
            case 10 -> {
                int at = from.position();
                int success = Wire.u8(from);
                if (success > 1) throw new MalformedPacketException(Reason.BAD_VALUE, at);
                List<Integer> wanted = shorts(from);
                yield new Reconciled(success == 1, wanted, shorts(from));
            }
            case 11 -> new Ask(shorts(from));
            case 12 -> new Small(Wire.bytes(from, CHUNK_BYTES));
            case 13 -> new More();
            case 14 -> {
                int count = (int) Wire.varint(from, PinSketch.MAX_CAPACITY);
                yield new Extension(count, syndromes(from, count));
            }
            case 15 -> new Again();
            default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
        };
    }

    private static BlobId id(ByteBuffer from) {
        Wire.need(from, BlobId.BYTES);
        return BlobId.read(from);
    }
}
