package dev.grapevine.state;

import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.MalformedPacketException.Reason;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Shared entries as bytes to be kept on a disk. A key: space: text, name: text. A value: origins and entry as in {@link StateCodec},
 * and then the bytes of each large value in the order of the siblings.
 */
final class KeptCodec {
    private KeptCodec() {}

    static byte[] key(StateKey key) {
        return new StateWriter().key(key).done();
    }

    static byte[] value(Entry entry) {
        StateWriter out = new StateWriter().origins(entry).putOrigins().entry(entry);
        for (Sibling each : entry.siblings())
            if (each.value().isLarge()) out.bytes(each.value().bytes());
        return out.done();
    }

    /** @throws MalformedPacketException if these bytes were not made here */
    static Kept read(byte[] key, byte[] value) {
        ByteBuffer keyBytes = ByteBuffer.wrap(key);
        StateKey name = StateReader.key(keyBytes, "");
        ByteBuffer from = ByteBuffer.wrap(value);
        StateReader in = new StateReader(from);
        Entry entry = in.entry();
        in.check(name, entry);
        List<Sibling> whole = new ArrayList<>(entry.siblings().size());
        for (Sibling each : entry.siblings()) {
            if (each.value().isPresent()) {
                whole.add(each);
                continue;
            }
            byte[] bytes = Wire.bytes(from, Value.MAX_BYTES);
            if (bytes.length != each.value().size()
                    || !Value.digest(bytes).equals(each.value().blob())) throw StateCodec.bad(Reason.BAD_VALUE, from);
            whole.add(new Sibling(each.origin(), each.version(), each.stamp(), Value.of(bytes)));
        }
        if (from.hasRemaining() || keyBytes.hasRemaining()) throw StateCodec.bad(Reason.BAD_VALUE, from);
        return new Kept(name, new Entry(entry.context(), List.copyOf(whole)));
    }
}
