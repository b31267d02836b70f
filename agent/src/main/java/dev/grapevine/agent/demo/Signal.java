package dev.grapevine.agent.demo;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts what happens, and lets somebody wait for more of it. Thread-safe. */
final class Signal {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private long count;

    void raise() {
        lock.lock();
        try {
            count++;
            more.signalAll();
        } finally {
            lock.unlock();
        }
    }

    long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it is above {@code seen}, at most {@code nanos}; whether it is. */
    boolean awaitBeyond(long seen, long nanos) throws InterruptedException {
        lock.lock();
        try {
            for (long left = nanos; count <= seen; ) {
                if (left <= 0) return false;
                left = more.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
