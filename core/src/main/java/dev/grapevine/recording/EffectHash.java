package dev.grapevine.recording;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Event;
import java.nio.ByteBuffer;

/**
 * An effect as 64 bits: its kind, and every address, number, text and byte in it. Of an event or an answer that is no record of
 * plain values, the class alone counts. Not thread-safe.
 */
public final class EffectHash {
    private final ValueWriter values;
    private final Sink sink = new Sink();

    /** @param redacting whether the payloads in events and answers count by their length alone */
    public EffectHash(boolean redacting) {
        values = new ValueWriter(redacting);
    }

    /** The hash; reads buffers without moving them. */
    public long of(Effect effect) {
        return switch (effect) {
            case Effect.SendDatagram(Address to, ByteBuffer packet) -> ContentHash.of(address(1, to), packet);
            case Effect.OpenStream(long stream, Address to, long timeoutNanos) ->
                ContentHash.mix(ContentHash.mix(address(2, to), stream), timeoutNanos);
            case Effect.WriteStream(long stream, ByteBuffer bytes) -> ContentHash.of(ContentHash.mix(3, stream), bytes);
            case Effect.EndStream(long stream) -> ContentHash.mix(4, stream);
            case Effect.CloseStream(long stream) -> ContentHash.mix(5, stream);
            case Effect.Publish(Event event) -> value(6, event);
            case Effect.Answer(long id, Object result) -> value(ContentHash.mix(7, id), result);
            case Effect.Refuse(long id, String reason) -> value(ContentHash.mix(8, id), reason);
            case Effect.Resolve(String host, int port) -> value(ContentHash.mix(9, port), host);
        };
    }

    private static long address(long start, Address address) {
        return ContentHash.mix(ContentHash.mix(ContentHash.mix(start, address.high()), address.low()), address.port());
    }

    private long value(long start, Object value) {
        sink.clear();
        try {
            values.write(value, sink);
        } catch (UnsupportedValueException unknown) {
            sink.clear();
            sink.text(value.getClass().getName());
        }
        return ContentHash.of(start, ByteBuffer.wrap(sink.array(), 0, sink.size()));
    }
}
