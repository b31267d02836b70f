package dev.grapevine.sim.array;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** A fixed crew that shares numbered pieces of work. Which worker takes which piece must not matter, and does not. */
final class Workers implements AutoCloseable {
    /** One piece of work. */
    interface Piece {
        void work(int worker, int index);
    }

    private final int threads;
    private final ExecutorService crew;

    Workers(int threads) {
        this.threads = threads;
        this.crew = Executors.newFixedThreadPool(
                threads, task -> Thread.ofPlatform().daemon().name("epidemic").unstarted(task));
    }

    int threads() {
        return threads;
    }

    /**
     * Does all pieces and returns when the last is done.
     *
     * @throws CancelledException if this thread is interrupted
     */
    void share(int pieces, Piece piece) {
        AtomicInteger taken = new AtomicInteger();
        List<Future<?>> shares = new ArrayList<>();
        for (int worker = 0; worker < Math.min(threads, pieces); worker++) {
            int me = worker;
            shares.add(crew.submit(() -> {
                for (int index; (index = taken.getAndIncrement()) < pieces; ) piece.work(me, index);
            }));
        }
        try {
            for (Future<?> share : shares) share.get();
        } catch (InterruptedException stopped) {
            taken.set(pieces);
            Thread.currentThread().interrupt();
            throw new CancelledException();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) throw cause;
            throw new IllegalStateException(failed.getCause());
        }
    }

    @Override
    public void close() {
        crew.shutdownNow();
    }
}
