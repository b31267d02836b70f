package dev.grapevine.runtime;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One selector on one platform thread, which runs any number of machines. A pass of the loop: sleep until a socket is ready,
 * a deadline has come or another thread asks for something; tell the machines if that took much longer than wanted; read
 * what has arrived; do what was asked; then tick the machines that are due, so that an answer which waited in a socket is
 * seen before the timeout that it prevents.
 */
public final class Loop implements AutoCloseable {
    /** The pause that is told to machines unless the user chooses another. */
    public static final Duration DEFAULT_PAUSE = Duration.ofMillis(100);

    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
    private static final long READ_BUDGET_NANOS = 20_000_000; // then timers, which may be due, have their turn
    private static final long TICK_BUDGET_NANOS = 10_000_000; // then the sockets are looked at again
    private static final int MOST_PASSES_WITHOUT_TICKS = 8; // while a socket has more than a batch waiting
    private static final int RESOLVERS = 2;

    private final String name;
    private final long pauseNanos;
    private final Selector selector;
    private final Thread thread;
    private final ByteBuffer received = ByteBuffer.allocate(Effects.BUFFER_BYTES);
    private final Effects effects = new Effects();
    private final NetAddresses addresses = new NetAddresses();
    private final DeadlineHeap<Ready> deadlines = new DeadlineHeap<>();
    private final Set<Host> hosts = new LinkedHashSet<>(); // on the loop alone
    private final ArrayDeque<Runnable> later = new ArrayDeque<>(); // on the loop alone
    private final ArrayDeque<SelectionKey> ready = new ArrayDeque<>(); // on the loop alone
    private final List<Host> closing = new ArrayList<>(); // on the loop alone
    private final ConcurrentLinkedQueue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final ConcurrentHashMap<Class<?>, Object> shared = new ConcurrentHashMap<>();
    private final AtomicBoolean asleep = new AtomicBoolean();
    private final ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
    // Looking up a name blocks in native code, where a virtual thread would hold its carrier: these are platform
    // threads.
    private final ThreadPoolExecutor resolvers;
    private volatile boolean open = true;
    private boolean more;
    private int passesWithoutTicks;
    private long wantedNanos;
    private long enteredNanos;
    private long passStartNanos;
    private boolean woken;
    private long lostNanos;

    /** What is attached to a key: who serves it, and whether it waits its turn. */
    private static final class Attached {
        final Ready target;
        boolean queued;

        Attached(Ready target) {
            this.target = target;
        }
    }

    private Loop(String name, Duration pause) throws IOException {
        this.name = name;
        this.pauseNanos = pause.toNanos();
        this.selector = Selector.open();
        this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
        this.resolvers = new ThreadPoolExecutor(
                RESOLVERS,
                RESOLVERS,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name(name + "-resolver-", 0).daemon(true).factory());
        this.resolvers.allowCoreThreadTimeOut(true);
    }

    /** A loop that tells its machines of pauses longer than {@link #DEFAULT_PAUSE}. */
    public static Loop start(String name) throws IOException {
        return start(name, DEFAULT_PAUSE);
    }

    /**
     * Starts a loop on a new daemon thread.
     *
     * @param name of the thread
     * @param pause machines are told when they ran later than they asked by more than this; {@code > 0}
     * @throws IOException if the operating system gives no selector
     */
    public static Loop start(String name, Duration pause) throws IOException {
        if (pause.isNegative() || pause.isZero()) throw new IllegalArgumentException("pause must be positive");
        Loop loop = new Loop(name, pause);
        loop.thread.start();
        return loop;
    }

    /** Runs a machine without a {@link Tap}; see {@link #host(Machine, Sockets, HostSettings, Consumer, Tap)}. */
    public Host host(Machine machine, Sockets sockets, HostSettings settings, Consumer<? super Event> listener) {
        return host(machine, sockets, settings, listener, Tap.NONE);
    }

    /**
     * Runs a machine on {@code sockets}, which belong to the host from now on. Its time starts now.
     *
     * @param listener told of every event, in order, one at a time and never on the loop; may block and may call back
     * @param tap looks on, on the loop
     * @throws RejectedExecutionException if the loop is closed
     */
    public Host host(
            Machine machine, Sockets sockets, HostSettings settings, Consumer<? super Event> listener, Tap tap) {
        Counters counters = new Counters();
        Executor executor = settings.listeners() == null ? virtual : settings.listeners();
        Mailbox mailbox = new Mailbox(settings.name(), listener, executor, settings.maxWaitingEvents(), counters);
        Runner runner = new Runner(this, machine, sockets, settings, counters, mailbox, tap);
        Host host = new Host(this, runner, settings, counters, sockets.address());
        settings.metrics().started(settings.name(), counters);
        host.onceClosed(() -> settings.metrics().stopped(settings.name()));
        if (!submit(() -> add(host))) throw new RejectedExecutionException(name + " is closed");
        return host;
    }

    /**
     * One object of a type for all who run on this loop, for example a pool.
     *
     * @param maker makes it for the first who asks; the object is to be used on the loop alone
     */
    public <T> T shared(Class<T> type, Supplier<? extends T> maker) {
        return type.cast(shared.computeIfAbsent(type, none -> maker.get()));
    }

    private void add(Host host) {
        hosts.add(host);
        if (!open) {
            drop(host);
            return;
        }
        try {
            host.runner().start();
        } catch (IOException failed) {
            LOG.error("{}: cannot run {}", name, host.name(), failed);
            drop(host);
        }
    }

    /** Closes every host and ends the thread. */
    @Override
    public void close() {
        open = false;
        selector.wakeup();
        if (isLoopThread()) return;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException stop) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    boolean isOpen() {
        return open;
    }

    boolean isLoopThread() {
        return Thread.currentThread() == thread;
    }

    /** Runs a task on the loop soon; false if the loop is closed. Any thread. */
    boolean submit(Runnable task) {
        if (!open) return false;
        inbox.add(task);
        // The loop may have ended, and emptied its inbox for the last time, since we looked.
        if (!open && inbox.remove(task)) return false;
        if (asleep.compareAndSet(true, false)) selector.wakeup();
        return true;
    }

    void remove(Host host) {
        if (!submit(() -> drop(host))) host.onClosed();
    }

    private void drop(Host host) {
        if (!hosts.remove(host)) return;
        host.runner().close();
        closing.add(host); // a port is free only after the selector has let go of the cancelled keys
    }

    void later(Runnable task) {
        later.add(task);
    }

    /** Completes a future where its followers may block. */
    void complete(Runnable completion) {
        virtual.execute(completion);
    }

    void resolve(Runner runner, String host, int port) {
        try {
            resolvers.execute(() -> {
                List<Address> found = lookUp(host, port);
                submit(() -> runner.give(new Input.Resolved(host, port, found)));
            });
        } catch (RejectedExecutionException closed) {
            LOG.debug("{}: closed while {} was to be looked up", name, host);
        }
    }

    private static List<Address> lookUp(String host, int port) {
        try {
            List<Address> found = new ArrayList<>();
            for (InetAddress each : InetAddress.getAllByName(host)) found.add(Address.of(each.getAddress(), port));
            return List.copyOf(found);
        } catch (UnknownHostException none) {
            return List.of();
        }
    }

    SelectionKey register(SelectableChannel channel, int operations, Ready target) throws IOException {
        return channel.register(selector, operations, new Attached(target));
    }

    /** A socket had more waiting than one batch. */
    void moreIsWaiting() {
        more = true;
    }

    DeadlineHeap<Ready> deadlines() {
        return deadlines;
    }

    Effects effects() {
        return effects;
    }

    ByteBuffer received() {
        return received;
    }

    NetAddresses addresses() {
        return addresses;
    }

    long pauseNanos() {
        return pauseNanos;
    }

    /** All time lost so far. */
    long lostNanos() {
        return lostNanos;
    }

    long nowNanos() {
        return System.nanoTime();
    }

    long epochMillis() {
        return System.currentTimeMillis();
    }

    private void run() {
        passStartNanos = nowNanos();
        try {
            while (open) pass();
        } catch (IOException | RuntimeException | Error broken) {
            LOG.error("{}: the loop broke; its {} nodes stop", name, hosts.size(), broken);
        } finally {
            open = false;
            shutDown();
        }
    }

    private void pass() throws IOException {
        sleep();
        read();
        for (int i = later.size(); i > 0; i--) later.remove().run();
        for (Runnable task; (task = inbox.poll()) != null; ) task.run();
        if (more && ++passesWithoutTicks < MOST_PASSES_WITHOUT_TICKS) return;
        passesWithoutTicks = 0;
        tick();
    }

    private void sleep() throws IOException {
        woken = false;
        more = false;
        wantedNanos = deadlines.firstNanos();
        enteredNanos = nowNanos();
        long waitMillis = waitMillis();
        if (waitMillis != 0) {
            asleep.set(true);
            if (!inbox.isEmpty()) waitMillis = 0;
        }
        if (waitMillis == 0) selector.selectNow(this::onReady);
        else if (waitMillis < 0) selector.select(this::onReady);
        else selector.select(this::onReady, waitMillis);
        asleep.set(false);
        if (!woken) onWoken();
        tellClosed();
    }

    private void tellClosed() {
        for (Host host : closing) complete(host::onClosed);
        closing.clear();
    }

    /** Zero: only look; negative: until something happens. */
    private long waitMillis() {
        if (!ready.isEmpty() || !later.isEmpty() || !closing.isEmpty() || !inbox.isEmpty()) return 0;
        if (wantedNanos == Long.MAX_VALUE) return -1;
        long nanos = wantedNanos - enteredNanos;
        return nanos <= 0 ? 0 : (nanos + 999_999) / 1_000_000; // rounded up, or the loop would spin before a deadline
    }

    // Only noted: a thousand sockets with a batch each would keep timers waiting for longer than any pause that is
    // told.
    private void onReady(SelectionKey key) {
        if (!woken) onWoken();
        Attached attached = (Attached) key.attachment();
        if (attached.queued) return;
        attached.queued = true;
        ready.add(key);
    }

    /** Serves sockets that are ready, in the order in which they became so, for a bounded time; the others are next in turn. */
    private void read() {
        long until = nowNanos() + READ_BUDGET_NANOS;
        for (SelectionKey key; (key = ready.poll()) != null; ) {
            Attached attached = (Attached) key.attachment();
            attached.queued = false;
            if (key.isValid()) attached.target.ready(key.readyOps());
            if (nowNanos() >= until) break;
        }
        if (!ready.isEmpty()) more = true;
    }

    /**
     * Measures the time that was lost: how long the last pass took, if that is much, and how much later than wanted we woke.
     * Sleeping for as long as was asked is no loss, whatever woke us. A machine is told when it next runs: to wake a thousand at
     * once would lose more time.
     */
    private void onWoken() {
        woken = true;
        asleep.set(false); // no wakeups are needed from here on
        long now = nowNanos();
        long lost = 0;
        if (enteredNanos - passStartNanos > pauseNanos) lost += enteredNanos - passStartNanos;
        if (wantedNanos != Long.MAX_VALUE) {
            long late = now - Math.max(wantedNanos, enteredNanos);
            if (late > pauseNanos) lost += late;
        }
        passStartNanos = now;
        lostNanos += lost;
    }

    private void tick() {
        long now = nowNanos();
        long until = now + TICK_BUDGET_NANOS;
        for (Ready due; now < until && (due = deadlines.due(now)) != null; now = nowNanos()) due.due(now);
    }

    private void shutDown() {
        for (Host host : List.copyOf(hosts)) drop(host);
        try {
            if (selector.isOpen()) selector.selectNow();
            selector.close();
        } catch (IOException | ClosedSelectorException failed) {
            LOG.warn("{}: closing the selector", name, failed);
        }
        // What others asked meanwhile must be answered: each task sees that its host is closed.
        for (Runnable task; (task = inbox.poll()) != null; ) task.run();
        for (Host host : closing) host.onClosed(); // here, so that it is so when close() returns
        resolvers.shutdownNow();
        virtual.shutdown();
    }
}
