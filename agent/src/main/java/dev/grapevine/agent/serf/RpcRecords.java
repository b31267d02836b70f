package dev.grapevine.agent.serf;

import dev.grapevine.serf.rpc.RpcBody;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The records of one stream on their way to a client: a bounded number wait, then they are dropped and told. A virtual thread
 * sends them, so that whoever offers one never waits.
 */
final class RpcRecords {
    /** How many records of a stream or monitor wait, as in the real agent. */
    static final int STREAM = 512;

    /** How many records of a query wait: an ack and an answer of each member of a large cluster. */
    static final int QUERY = 32_768;

    private final RpcOutput out;
    private final long seq;
    private final int maxWaiting;
    private final Runnable dropped;
    private final ArrayDeque<RpcBody> waiting = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable RpcBody last;
    private boolean held;
    private boolean closed;

    RpcRecords(RpcOutput out, long seq, int maxWaiting, Runnable dropped) {
        this.out = out;
        this.seq = seq;
        this.maxWaiting = maxWaiting;
        this.dropped = dropped;
        Thread.ofVirtual().name("rpc-records-" + seq).start(this::run);
    }

    /** Adds a record, if there is room. */
    void offer(RpcBody record) {
        boolean full;
        lock.lock();
        try {
            full = waiting.size() >= maxWaiting;
            if (!full && !closed) waiting.addLast(record);
            changed.signal();
        } finally {
            lock.unlock();
        }
        if (full) dropped.run();
    }

    /** Adds the record after which nothing comes; it always has room. */
    void last(RpcBody record) {
        lock.lock();
        try {
            last = record;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Sends nothing until {@link #release}. */
    void hold() {
        lock.lock();
        try {
            held = true;
        } finally {
            lock.unlock();
        }
    }

    /** Sends what waited. */
    void release() {
        lock.lock();
        try {
            held = false;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Sends nothing more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            for (RpcBody record; (record = next()) != null; ) out.send("", seq, record);
        } catch (IOException gone) {
            close(); // the session's reader finds out for itself
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable RpcBody next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (closed) return null;
                if (!held) {
                    RpcBody record = waiting.pollFirst();
                    if (record != null) return record;
                    if (last != null) {
                        record = last;
                        last = null;
                        waiting.clear();
                        closed = true;
                        return record;
                    }
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }
}
