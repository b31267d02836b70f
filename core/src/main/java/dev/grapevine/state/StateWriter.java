package dev.grapevine.state;

import dev.grapevine.state.Value.Blob;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes entries and what belongs to them; every origin is written once, at the head. */
final class StateWriter {
    private final Map<Origin, Integer> table = new LinkedHashMap<>();
    private ByteBuffer out = ByteBuffer.allocate(256);

    private ByteBuffer room(int bytes) {
        if (out.remaining() < bytes) {
            int size = Math.max(out.capacity() * 2, out.position() + bytes);
            out = ByteBuffer.allocate(size).put(out.flip());
        }
        return out;
    }

    byte[] done() {
        return Arrays.copyOf(out.array(), out.position());
    }

    StateWriter u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    StateWriter i32(int value) {
        room(4).putInt(value);
        return this;
    }

    StateWriter i64(long value) {
        room(8).putLong(value);
        return this;
    }

    StateWriter varint(long value) {
        Wire.putVarint(room(Wire.MAX_VARINT_BYTES), value);
        return this;
    }

    StateWriter text(String text) {
        Wire.putText(room(Wire.textSize(text)), text);
        return this;
    }

    StateWriter bytes(byte[] bytes) {
        Wire.putBytes(room(Wire.bytesSize(bytes.length)), bytes);
        return this;
    }

    StateWriter blob(Blob blob) {
        return i64(blob.high()).i64(blob.low());
    }

    /** Has {@code origin} in the table. */
    StateWriter origin(Origin origin) {
        table.putIfAbsent(origin, table.size());
        return this;
    }

    StateWriter origins(Context context) {
        for (int i = 0; i < context.size(); i++) origin(context.origin(i));
        return this;
    }

    StateWriter origins(Entry entry) {
        return origins(entry.context()); // covers every sibling
    }

    StateWriter putOrigins() {
        varint(table.size());
        for (Origin origin : table.keySet())
            varint(origin.generation() << 1 | (origin.shared() ? 1 : 0)).text(origin.node());
        return this;
    }

    StateWriter index(Origin origin) {
        Integer index = table.get(origin);
        if (index == null) throw new IllegalStateException(origin + " is not in the table");
        return varint(index);
    }

    StateWriter vector(Context vector) {
        varint(vector.size());
        for (int i = 0; i < vector.size(); i++) index(vector.origin(i)).varint(vector.version(i));
        return this;
    }

    StateWriter key(StateKey key) {
        if (key.isShared()) text(key.space());
        return text(key.name());
    }

    StateWriter entry(Entry entry) {
        vector(entry.context()).varint(entry.siblings().size());
        for (Sibling each : entry.siblings()) {
            index(each.origin()).varint(each.version());
            if (each.stamp() == 0) u8(0);
            else u8(1).i64(each.stamp());
            Value value = each.value();
            varint(value.size());
            if (value.isLarge()) blob(value.blob());
            else room(value.size()).put(value.bytes());
        }
        return this;
    }

    /** An upper bound of the bytes that an item takes, its origins not counted. */
    static int sizeOf(StateKey key, Entry entry) {
        int size = 30 + Wire.textSize(key.owner()) + Wire.textSize(key.space()) + Wire.textSize(key.name());
        size += entry.context().size() * 13;
        for (Sibling each : entry.siblings())
            size += 28 + (each.value().isLarge() ? 16 : each.value().size());
        return size;
    }

    static int sizeOf(Origin origin) {
        return 8 + Wire.textSize(origin.node());
    }
}
