package dev.grapevine.blob;

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
 * reconcile 8, size of the set, q × 32767: 2
 * sketch    9, capacity, capacity × 4
 * reconciled 10, success: 1, count, count × short id: 4
 * </pre>
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

    record Reconcile(int setSize, int q) implements BlobMessage {}

    record Sketch(int capacity, byte[] bytes) implements BlobMessage {}

    record Reconciled(boolean success, List<Integer> wanted) implements BlobMessage {}

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
            case Reconcile(int setSize, int q) -> 3 + Wire.varintSize(setSize);
            case Sketch(int capacity, byte[] bytes) -> 1 + Wire.varintSize(capacity) + bytes.length;
            case Reconciled(boolean success, List<Integer> wanted) ->
                2 + Wire.varintSize(wanted.size()) + 4 * wanted.size();
        };
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
            case Reconcile(int setSize, int q) -> {
                into.put((byte) 8);
                Wire.putVarint(into, setSize);
                into.putShort((short) q);
            }
            case Sketch(int capacity, byte[] bytes) -> {
                into.put((byte) 9);
                Wire.putVarint(into, capacity);
                into.put(bytes);
            }
            case Reconciled(boolean success, List<Integer> wanted) -> {
                into.put((byte) 10).put((byte) (success ? 1 : 0));
                Wire.putVarint(into, wanted.size());
                for (int one : wanted) into.putInt(one);
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
                int size = (int) Wire.varint(from, 1 << 20);
                Wire.need(from, 2);
                yield new Reconcile(size, from.getShort() & 0xFFFF);
            }
            case 9 -> {
                int capacity = (int) Wire.varint(from, 512);
                Wire.need(from, 4L * capacity);
                byte[] bytes = new byte[4 * capacity];
                from.get(bytes);
                yield new Sketch(capacity, bytes);
            }
            case 10 -> {
                int at = from.position();
                int success = Wire.u8(from);
                if (success > 1) throw new MalformedPacketException(Reason.BAD_VALUE, at);
                int count = (int) Wire.varint(from, 512);
                Wire.need(from, 4L * count);
                List<Integer> wanted = new ArrayList<>(count);
                for (int i = 0; i < count; i++) wanted.add(from.getInt());
                yield new Reconciled(success == 1, wanted);
            }
            default -> throw new MalformedPacketException(Reason.BAD_VALUE, start);
        };
    }

    private static BlobId id(ByteBuffer from) {
        Wire.need(from, BlobId.BYTES);
        return BlobId.read(from);
    }
}
