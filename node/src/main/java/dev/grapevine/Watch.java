package dev.grapevine;

import dev.grapevine.core.Event;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.runtime.Tap;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What other threads see of a machine without asking it: that something changed, and how many are alive. */
final class Watch implements Tap {
    private final NodeMachine machine;
    private final Collection<?> listeners;
    private final @Nullable Consumer<? super Event> keeper;
    private final AtomicInteger waiting = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile long version;
    private volatile int live;

    /** @param keeper told of every event on the loop, at once and whether or not anybody listens */
    Watch(NodeMachine machine, Collection<?> listeners, @Nullable Consumer<? super Event> keeper) {
        this.machine = machine;
        this.listeners = listeners;
        this.keeper = keeper;
        this.version = machine.membership().version();
        this.live = machine.membership().liveMembers();
    }

    @Override
    public boolean wants(Event event) {
        if (keeper != null) keeper.accept(event);
        return !listeners.isEmpty() || keeper != null && event instanceof NodeEvent.Remember;
    }

    @Override
    public void afterInput() {
        long now = machine.membership().version();
        int alive = machine.membership().liveMembers();
        if (now == version && alive == live) return;
        version = now;
        live = alive;
        if (waiting.get() > 0) wake();
    }

    void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    long version() {
        return version;
    }

    int live() {
        return live;
    }

    /** Waits for a condition that holds after some change; false if it did not come true in time. */
    boolean await(BooleanSupplier condition, Duration timeout) {
        long leftNanos = timeout.toNanos();
        waiting.incrementAndGet();
        try {
            while (true) {
                long seen = version;
                if (condition.getAsBoolean())
                    return true; // without the lock: it may ask the loop, which may want to wake us
                lock.lock();
                try {
                    while (seen == version) {
                        if (leftNanos <= 0) return false;
                        leftNanos = changed.awaitNanos(leftNanos);
                    }
                } finally {
                    lock.unlock();
                }
                if (leftNanos <= 0) return condition.getAsBoolean();
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AwaitException("interrupted while waiting for members");
        } finally {
            waiting.decrementAndGet();
        }
    }
}
