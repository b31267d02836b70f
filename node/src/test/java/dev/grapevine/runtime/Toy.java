package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A machine that notes every input, does what a test tells it, and echoes what it hears if asked to. */
final class Toy implements Machine {
    /** What happened, with bytes copied. */
    record Seen(Input input, byte[] bytes, long nowNanos, String thread) {}

    /** Performs the effects, then sets the deadline ({@code 0} leaves it). Answered by the time now, as a Long. */
    record Do(List<Effect> effects, long deadlineNanos) implements Command {}

    record Said(long number) implements Event {}

    /** Throws. */
    record Fail(RuntimeException fault) implements Command {}

    /** Keeps the loop busy. */
    record Hog(long nanos) implements Command {}

    final LinkedBlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
    private final @Nullable BiConsumer<Input, Effects> reaction;
    private long deadlineNanos;

    Toy() {
        this(null);
    }

    Toy(@Nullable BiConsumer<Input, Effects> reaction) {
        this.reaction = reaction;
    }

    /** Sends everything back. */
    static Toy echo() {
        return new Toy((input, effects) -> {
            switch (input) {
                case Input.Datagram(Address from, ByteBuffer packet) ->
                    effects.add(new Effect.SendDatagram(from, copy(effects, packet)));
                case Input.StreamBytes(long stream, ByteBuffer bytes) ->
                    effects.add(new Effect.WriteStream(stream, copy(effects, bytes)));
                case Input.StreamEnded(long stream) -> effects.add(new Effect.CloseStream(stream));
                default -> {}
            }
        });
    }

    static ByteBuffer copy(Effects effects, ByteBuffer bytes) {
        return effects.buffer(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    @Override
    public void handle(Input input, long nowNanos, Effects effects) {
        byte[] bytes = new byte[0];
        if (input instanceof Input.Datagram(Address from, ByteBuffer packet)) bytes = bytes(packet);
        if (input instanceof Input.StreamBytes(long stream, ByteBuffer piece)) bytes = bytes(piece);
        seen.add(new Seen(input, bytes, nowNanos, Thread.currentThread().getName()));
        if (input instanceof Input.Tick && nowNanos >= deadlineNanos) deadlineNanos = Long.MAX_VALUE;
        if (input instanceof Input.Commanded(long id, Command command)) obey(id, command, nowNanos, effects);
        if (reaction != null) reaction.accept(input, effects);
    }

    private void obey(long id, Command command, long nowNanos, Effects effects) {
        switch (command) {
            case Do(List<Effect> wanted, long deadline) -> {
                wanted.forEach(effects::add);
                if (deadline != 0) deadlineNanos = nowNanos + deadline;
                effects.add(new Effect.Answer(id, nowNanos));
            }
            case Fail(RuntimeException fault) -> throw fault;
            case Hog(long nanos) -> {
                long until = System.nanoTime() + nanos;
                while (System.nanoTime() < until) Thread.onSpinWait();
                effects.add(new Effect.Refuse(id, "hogged"));
            }
            default -> throw new IllegalArgumentException("what is " + command);
        }
    }

    @Override
    public long nextDeadlineNanos() {
        return deadlineNanos;
    }

    /** Waits for the first input of a type that fits, dropping those before it. */
    <T extends Input> Seen await(Class<T> type, Predicate<? super T> fits) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (true) {
            Seen next = seen.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) throw new AssertionError("no " + type.getSimpleName() + " within 10 s");
            if (type.isInstance(next.input()) && fits.test(type.cast(next.input()))) return next;
        }
    }

    <T extends Input> Seen await(Class<T> type) throws InterruptedException {
        return await(type, any -> true);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
