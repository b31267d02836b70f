package dev.grapevine.runtime;

import dev.grapevine.core.Event;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries events from the loop to a listener: in order, one at a time, never on the loop. When the listener is too slow, the
 * newest events are dropped and counted, and it is told how many at the place where they are missing.
 */
final class Mailbox {
    private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

    private final String name;
    private final Consumer<? super Event> listener;
    private final Executor executor;
    private final int capacity;
    private final Counters counters;
    private final ArrayDeque<Event> waiting = new ArrayDeque<>(); // guarded by this
    private long lost; // guarded by this
    private boolean draining; // guarded by this

    Mailbox(String name, Consumer<? super Event> listener, Executor executor, int capacity, Counters counters) {
        this.name = name;
        this.listener = listener;
        this.executor = executor;
        this.capacity = capacity;
        this.counters = counters;
    }

    /** Called on the loop; never blocks for longer than it takes to move a reference. */
    void put(Event event) {
        synchronized (this) {
            if (waiting.size() >= capacity) {
                lost++;
                counters.add(Counter.EVENTS_LOST, 1);
                return;
            }
            if (lost > 0) tellLost();
            waiting.add(event);
            counters.add(Counter.EVENTS, 1);
            if (draining) return;
            draining = true;
        }
        try {
            executor.execute(this::drain);
        } catch (RejectedExecutionException closed) {
            synchronized (this) {
                draining = false;
            }
            LOG.warn("{}: the executor for listeners takes no more work; {} events wait", name, waiting(), closed);
        }
    }

    private synchronized int waiting() {
        return waiting.size();
    }

    private void tellLost() {
        waiting.add(new RuntimeEvent.EventsLost(lost));
        lost = 0;
    }

    private void drain() {
        for (Event event; (event = next()) != null; ) {
            try {
                listener.accept(event);
            } catch (RuntimeException fault) {
                LOG.error("{}: a listener threw on {}", name, event, fault);
            }
        }
    }

    private synchronized @Nullable Event next() {
        Event event = waiting.poll();
        if (event == null && lost > 0) {
            tellLost();
            event = waiting.poll();
        }
        if (event == null) draining = false;
        return event;
    }
}
