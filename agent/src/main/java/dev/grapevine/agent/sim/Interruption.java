package dev.grapevine.agent.sim;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Ctrl-C asks a run to stop, and waits until it has printed what it has. */
public final class Interruption implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    private final AtomicBoolean asked = new AtomicBoolean();
    private final CountDownLatch printed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::interrupted, "interrupted");

    /** Watches from now on. */
    public Interruption() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** True once somebody wants to stop. */
    public AtomicBoolean asked() {
        return asked;
    }

    @Override
    public void close() {
        printed.countDown();
        if (asked.get()) return;
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException leaving) {
            // The hook runs already, and has just been let go.
        }
    }

    private void interrupted() {
        asked.set(true);
        try {
            if (!printed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) System.err.println("stopped before a result");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
