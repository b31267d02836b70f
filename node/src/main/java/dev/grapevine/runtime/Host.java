package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A machine that runs on a {@link Loop}. Thread-safe. */
public final class Host implements AutoCloseable {
    private final Loop loop;
    private final Runner runner;
    private final HostSettings settings;
    private final Counters counters;
    private final Address address;
    private final AtomicInteger waitingCommands = new AtomicInteger();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    Host(Loop loop, Runner runner, HostSettings settings, Counters counters, Address address) {
        this.loop = loop;
        this.runner = runner;
        this.settings = settings;
        this.counters = counters;
        this.address = address;
    }

    /** Where its sockets are bound. */
    public Address address() {
        return address;
    }

    /** The name from its settings. */
    public String name() {
        return settings.name();
    }

    /** The {@link System#nanoTime} that is the machine's time zero. */
    public long startNanos() {
        return runner.startNanos();
    }

    /**
     * Runs a question about the machine on its loop, between inputs: it may read the machine and must not change it.
     *
     * @return what the question returns; fails like {@link #command} when the host is closed or too many commands wait
     */
    public <T> CompletableFuture<T> ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        boolean taken = submit(() -> {
            T found;
            try {
                found = question.get();
            } catch (RuntimeException fault) {
                loop.complete(() -> answer.completeExceptionally(fault));
                return;
            }
            loop.complete(() -> answer.complete(found));
        });
        if (!taken) answer.completeExceptionally(turnedAway());
        return answer;
    }

    /** What its driver counts. */
    public Counters counters() {
        return counters;
    }

    /**
     * Gives the machine a command.
     *
     * @return the machine's answer, never completed on the loop. It fails with {@link RefusedException} when the machine
     *     refuses, {@link IllegalArgumentException} when a stated limit is broken, {@link RejectedExecutionException} when the
     *     host is closed or too many commands wait
     */
    public CompletableFuture<Object> command(Command command) {
        CompletableFuture<Object> answer = new CompletableFuture<>();
        if (!submit(() -> runner.command(command, answer))) {
            answer.completeExceptionally(turnedAway());
        }
        return answer;
    }

    private RejectedExecutionException turnedAway() {
        boolean gone = closed.isDone() || !loop.isOpen();
        return new RejectedExecutionException(settings.name()
                + (gone ? " is closed" : ": " + settings.maxWaitingCommands() + " commands wait already"));
    }

    /**
     * Gives the machine a command and asks for no answer.
     *
     * @return false if the host is closed or too many commands wait
     */
    public boolean post(Command command) {
        return submit(() -> runner.command(command, null));
    }

    private boolean submit(Runnable task) {
        if (closed.isDone() || !loop.isOpen()) return false;
        if (waitingCommands.incrementAndGet() > settings.maxWaitingCommands()) {
            waitingCommands.decrementAndGet();
            counters.addFromAnyThread(Counter.COMMANDS_TURNED_AWAY, 1);
            return false;
        }
        return loop.submit(() -> {
            waitingCommands.decrementAndGet();
            task.run();
        });
    }

    /** Completed once the sockets are closed and their ports are free. */
    public CompletableFuture<Void> closed() {
        return closed.copy();
    }

    /**
     * Stops the machine where it stands, without a word to its peers, and closes its sockets. Returns once their ports are
     * free; on the loop's own thread it returns at once. Events already published still reach the listener.
     */
    @Override
    public void close() {
        loop.remove(this);
        if (!loop.isLoopThread()) closed.join();
    }

    Runner runner() {
        return runner;
    }

    void onceClosed(Runnable task) {
        closed.thenRun(task);
    }

    void onClosed() {
        closed.complete(null);
    }
}
