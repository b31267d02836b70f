package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One machine on a loop: gives it inputs, performs its effects, keeps its deadline. Used on the loop alone. */
final class Runner implements Ready {
    private static final Logger LOG = LoggerFactory.getLogger(Runner.class);
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long FAULT_PAUSE_NANOS = 100_000_000;

    private final Loop loop;
    private final Machine machine;
    private final HostSettings settings;
    private final Counters counters;
    private final Mailbox mailbox;
    private final Tap tap;
    private final Streams streams;
    private final @Nullable DatagramPort port;
    private final @Nullable DatagramChannel channel;
    private final DeadlineHeap.Alarm<Ready> alarm = new DeadlineHeap.Alarm<>(this);
    private final Map<Long, CompletableFuture<Object>> asked = new HashMap<>();
    private final long startNanos;
    private long wallNanos = Long.MIN_VALUE; // when the machine was last told the wall clock
    private long toldNanos; // up to when lost time has been told
    private long lostNanos; // what the loop had lost by then
    private long faultUntilNanos = Long.MIN_VALUE; // no tick before, after a fault
    private long commands;
    private boolean open = true;

    Runner(
            Loop loop,
            Machine machine,
            Sockets sockets,
            HostSettings settings,
            Counters counters,
            Mailbox mailbox,
            Tap tap) {
        this.loop = loop;
        this.machine = machine;
        this.settings = settings;
        this.counters = counters;
        this.mailbox = mailbox;
        this.tap = tap;
        this.channel = sockets.datagrams();
        this.port = channel == null ? null : new DatagramPort(this, channel, settings.filter());
        this.streams = new Streams(this, sockets.listener());
        this.startNanos = loop.nowNanos();
        this.toldNanos = startNanos;
    }

    Loop loop() {
        return loop;
    }

    HostSettings settings() {
        return settings;
    }

    Counters counters() {
        return counters;
    }

    long startNanos() {
        return startNanos;
    }

    void start() throws IOException {
        lostNanos = loop.lostNanos();
        if (channel != null && port != null) loop.register(channel, SelectionKey.OP_READ, port);
        streams.start();
        schedule();
    }

    @Override
    public void ready(int operations) {
        throw new IllegalStateException("a machine has no channel");
    }

    @Override
    public void due(long nowNanos) {
        tellLost(nowNanos);
        long late = nowNanos - Math.max(alarm.atNanos(), toldNanos);
        if (late > loop.pauseNanos()) paused(late, nowNanos);
        give(new Input.Tick());
    }

    /** Tells the machine that it did not run for {@code nanos} up to {@code nowNanos}. */
    private void paused(long nanos, long nowNanos) {
        toldNanos = nowNanos;
        counters.add(Counter.PAUSES, 1);
        counters.add(Counter.PAUSED_NANOS, nanos);
        handle(new Input.Paused(nanos), nowNanos);
    }

    private void tellLost(long nowNanos) {
        long lost = loop.lostNanos() - lostNanos;
        if (lost == 0) return;
        lostNanos += lost;
        paused(lost, nowNanos);
    }

    void give(Input input) {
        if (!open) return;
        long now = loop.nowNanos();
        tellLost(now);
        if (wallNanos == Long.MIN_VALUE || now - wallNanos >= SECOND_NANOS) {
            wallNanos = now;
            handle(new Input.WallClock(loop.epochMillis()), now);
        }
        handle(input, now);
        schedule();
    }

    /** Gives an input once the effects at hand are performed, but before the loop sleeps. */
    void later(Input input) {
        loop.later(() -> give(input));
    }

    void command(Command command, @Nullable CompletableFuture<Object> answer) {
        if (!open) {
            if (answer != null)
                answer.completeExceptionally(new RejectedExecutionException(settings.name() + " is closed"));
            return;
        }
        long id = ++commands;
        if (answer != null) asked.put(id, answer);
        give(new Input.Commanded(id, command));
    }

    private void handle(Input input, long now) {
        Effects effects = loop.effects();
        counters.add(Counter.INPUTS, 1);
        try {
            machine.handle(input, now - startNanos, effects);
            List<Effect> list = effects.list();
            for (int i = 0; i < list.size() && open; i++) {
                try {
                    perform(list.get(i));
                } catch (RuntimeException fault) {
                    onFault(input, fault); // one that cannot be performed takes none of the others with it
                }
            }
        } catch (RuntimeException fault) {
            onFault(input, fault);
        } finally {
            effects.clear();
        }
        tap.afterInput();
    }

    private void onFault(Input input, RuntimeException fault) {
        if (fault instanceof IllegalArgumentException && input instanceof Input.Commanded(long id, Command command)) {
            CompletableFuture<Object> answer = asked.remove(id);
            if (answer != null) {
                loop.complete(() -> answer.completeExceptionally(fault));
                return;
            }
        }
        counters.add(Counter.FAULTS, 1);
        LOG.error("{}: a bug: the machine threw on {}", settings.name(), input, fault);
        mailbox.put(new RuntimeEvent.MachineFault(fault));
        if (input instanceof Input.Commanded(long id, Command command)) {
            CompletableFuture<Object> answer = asked.remove(id);
            if (answer != null) loop.complete(() -> answer.completeExceptionally(fault));
        }
        // Its deadline may still be due: without a pause it would spin.
        faultUntilNanos = loop.nowNanos() + FAULT_PAUSE_NANOS;
        toldNanos = Math.max(toldNanos, faultUntilNanos);
    }

    private void schedule() {
        if (!open) return;
        long next = machine.nextDeadlineNanos();
        long at = next >= Long.MAX_VALUE - startNanos ? Long.MAX_VALUE : startNanos + next;
        loop.deadlines().set(alarm, at == Long.MAX_VALUE ? at : Math.max(at, faultUntilNanos));
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.SendDatagram(Address to, ByteBuffer packet) -> {
                if (port == null) throw new IllegalStateException(settings.name() + " has no datagram socket");
                port.send(to, packet);
            }
            case Effect.OpenStream(long stream, Address to, long timeoutNanos) ->
                streams.open(stream, to, timeoutNanos);
            // A stream that is not there has just broken; the machine will hear of it next.
            case Effect.WriteStream(long stream, ByteBuffer bytes) -> {
                Link link = streams.find(stream);
                if (link != null) link.write(bytes);
            }
            case Effect.EndStream(long stream) -> {
                Link link = streams.find(stream);
                if (link != null) link.end();
            }
            case Effect.CloseStream(long stream) -> {
                Link link = streams.find(stream);
                if (link != null) link.close();
            }
            case Effect.Publish(Event event) -> {
                if (tap.wants(event)) mailbox.put(event);
            }
            case Effect.Answer(long id, Object result) -> {
                CompletableFuture<Object> answer = asked.remove(id);
                if (answer != null) loop.complete(() -> answer.complete(result));
            }
            case Effect.Refuse(long id, String reason) -> {
                CompletableFuture<Object> answer = asked.remove(id);
                if (answer != null) loop.complete(() -> answer.completeExceptionally(new RefusedException(reason)));
            }
            case Effect.Resolve(String host, int port) -> loop.resolve(this, host, port);
        }
    }

    /** Closes the sockets without a word to anybody. */
    void close() {
        if (!open) return;
        open = false;
        loop.deadlines().remove(alarm);
        try {
            if (port != null) port.close();
        } catch (IOException failed) {
            LOG.warn("{}: closing the datagram socket", settings.name(), failed);
        }
        try {
            streams.close();
        } catch (IOException failed) {
            LOG.warn("{}: closing the listener", settings.name(), failed);
        }
        for (CompletableFuture<Object> answer : new ArrayList<>(asked.values())) {
            loop.complete(
                    () -> answer.completeExceptionally(new RejectedExecutionException(settings.name() + " closed")));
        }
        asked.clear();
    }
}
