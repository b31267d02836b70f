package dev.grapevine.sim;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Input;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Machines on a virtual network and on virtual time. Everything that happens follows from the seed: the same program with the
 * same seed has the same events, in the same order and with the same bytes, in every run and on every JVM, and {@link
 * #traceHash} shows it.
 *
 * <p>Not for use by more than one thread; many simulations may run beside one another.
 *
 * <pre>{@code
 * Simulation sim = Simulation.of(1);
 * Host a = sim.add(start -> new MyMachine(start.address(), start.random()));
 * sim.network().link(Link.LAN.loss(0.1));
 * sim.command(a, new MyMachine.Say("hello"));
 * sim.runFor(Duration.ofSeconds(10));
 * }</pre>
 */
public final class Simulation {
    private final long seed;
    private final SplittableGenerator hostRandom;
    private final SplittableGenerator scenarioRandom;
    private final Agenda agenda = new Agenda();
    private final TraceHash hash = new TraceHash();
    private final Network network = new Network();
    private final Datagrams datagrams = new Datagrams(this);
    private final Streams streams = new Streams(this);
    private final Processes processes = new Processes(this);
    private final List<Host> hosts = new ArrayList<>();
    private final List<Host> hostView = Collections.unmodifiableList(hosts);
    private final Map<Address, Host> byAddress = new HashMap<>(); // looked up, never iterated
    private Observer[] observers = {};
    private long nowNanos;
    private long events;
    private long nextCommand;

    private Simulation(long seed) {
        this.seed = seed;
        SplittableGenerator root = Draws.generator(seed);
        hostRandom = root.split();
        scenarioRandom = root.split();
    }

    /** An empty network whose luck is drawn from {@code seed}. */
    public static Simulation of(long seed) {
        return new Simulation(seed);
    }

    /** Adds a host with an address of its own in 10.0.0.0/8, port 7946; its machine starts now. */
    public Host add(MachineFactory factory) {
        return add(Address.ipv4(0x0A00_0001 + hosts.size(), 7946), factory);
    }

    /**
     * Adds a host; its machine starts now.
     *
     * @throws IllegalArgumentException if another host has the address
     */
    public Host add(Address address, MachineFactory factory) {
        return add(address, factory, Duration.ZERO);
    }

    /** Adds a host whose machine starts after {@code delay}. */
    public Host add(Address address, MachineFactory factory, Duration delay) {
        if (byAddress.containsKey(address))
            throw new IllegalArgumentException(address + " already belongs to " + byAddress.get(address));
        Host host = new Host(hosts.size(), address, factory, hostRandom.split());
        hosts.add(host);
        byAddress.put(address, host);
        agenda.add(nowNanos + delay.toNanos(), Agenda.BOOT, host.index, host.epoch, null);
        return host;
    }

    /** The hosts in the order of adding. */
    public List<Host> hosts() {
        return hostView;
    }

    /** What lies between the hosts. */
    public Network network() {
        return network;
    }

    /** Luck for whoever arranges the run (when to crash what); independent of the hosts' own. */
    public SplittableGenerator random() {
        return scenarioRandom;
    }

    /** The seed of this run. */
    public long seed() {
        return seed;
    }

    /** Virtual time, nanoseconds since the run began. */
    public long nowNanos() {
        return nowNanos;
    }

    /** How many events were taken from the agenda. */
    public long events() {
        return events;
    }

    /** The hash over everything that has happened so far. */
    public long traceHash() {
        return hash.value();
    }

    /** Adds somebody who sees everything from now on. */
    public void observe(Observer observer) {
        observers = java.util.Arrays.copyOf(observers, observers.length + 1);
        observers[observers.length - 1] = observer;
    }

    /** Gives a command to a host's machine, now. It is refused when no machine is there. */
    public Reply command(Host host, Command command) {
        Reply reply = new Reply();
        agenda.add(
                nowNanos, Agenda.COMMAND, host.index, host.epoch, new Processes.Asked(nextCommand++, command, reply));
        return reply;
    }

    /** Does something after {@code delay}: a fault, a change, a check. */
    public void after(Duration delay, Runnable action) {
        at(nowNanos + delay.toNanos(), action);
    }

    /**
     * Does something at a moment of virtual time.
     *
     * @throws IllegalArgumentException if it is past
     */
    public void at(long atNanos, Runnable action) {
        if (atNanos < nowNanos) throw new IllegalArgumentException(atNanos + " ns is before now, " + nowNanos + " ns");
        agenda.add(atNanos, Agenda.ACTION, -1, 0, action);
    }

    /** Does the next thing on the agenda; false when there is none. */
    public boolean step() {
        if (!agenda.poll()) return false;
        nowNanos = agenda.atNanos;
        events++;
        dispatch(agenda.kind, agenda.host, agenda.epoch, agenda.item);
        return true;
    }

    /** Runs for so long in virtual time. */
    public void runFor(Duration time) {
        runUntilNanos(nowNanos + time.toNanos());
    }

    /** Runs until a moment of virtual time; what is due at that very moment still happens. */
    public void runUntilNanos(long untilNanos) {
        while (agenda.nextNanos() <= untilNanos) step();
        nowNanos = Math.max(nowNanos, untilNanos);
    }

    /**
     * Runs until {@code condition} holds (it is asked after every event), but no longer than {@code limit}.
     *
     * @return whether it holds
     */
    public boolean runUntil(BooleanSupplier condition, Duration limit) {
        long until = nowNanos + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (agenda.nextNanos() > until) {
                nowNanos = Math.max(nowNanos, until);
                return false;
            }
            step();
        }
        return true;
    }

    // Faults.

    /** Ends a host's process: its streams are reset and whoever connects is refused. */
    public void crash(Host host) {
        processes.stop(host, Host.State.CRASHED);
    }

    /** Ends a host without a trace: it is silent from now on. */
    public void powerOff(Host host) {
        processes.stop(host, Host.State.OFF);
    }

    /** Starts a machine anew on a host that has none, with what the last one left on disk. */
    public void restart(Host host) {
        processes.boot(host);
    }

    /** Starts a machine anew on a host that has none and whose disk is lost. */
    public void restartWithoutDisk(Host host) {
        host.disk.wipe();
        processes.boot(host);
    }

    /** Stops a machine in its tracks; what arrives waits. */
    public void pause(Host host) {
        processes.pause(host);
    }

    /** Lets a paused machine run again; it is told how long it slept. */
    public void resume(Host host) {
        processes.resume(host);
    }

    /**
     * Holds back the datagrams that a host sends and receives, and its streams, while its machine runs on and does not know: the
     * anomaly of Lifeguard's experiments.
     */
    public void block(Host host) {
        if (!host.blocked) happened(host, "blocked");
        host.blocked = true;
    }

    /** Lets through what was held back, and all that follows. */
    public void unblock(Host host) {
        if (!host.blocked) return;
        happened(host, "unblocked");
        host.blocked = false;
        datagrams.flush(host);
        for (Packet held; (held = host.heldIn.poll()) != null; )
            processes.give(host, new Input.Datagram(held.from, held.bytes), held);
    }

    /** Makes every input of a host take so long to handle; others wait meanwhile. {@code 0} ends it. */
    public void slow(Host host, Duration cost) {
        happened(host, "slow by " + cost);
        host.costNanos = cost.toNanos();
    }

    /** Makes a host's clocks run faster (or slower) by so many billionths. */
    public void drift(Host host, long ppb) {
        happened(host, "drifts by " + ppb + " ppb");
        host.clock.drift(nowNanos, ppb);
        processes.wake(host);
    }

    /** Sets a host's wall clock off by so many milliseconds. */
    public void setWallOffset(Host host, long millis) {
        host.wallOffsetMillis = millis;
    }

    /** Loses some of what a host sends, beyond what its links lose. */
    public void loseSent(Host host, Loss loss) {
        happened(host, "loses what it sends: " + loss);
        host.lossOut = loss;
    }

    /** Loses some of what is sent to a host, beyond what its links lose. */
    public void loseReceived(Host host, Loss loss) {
        happened(host, "loses what it gets: " + loss);
        host.lossIn = loss;
    }

    /** Limits what a host can send, bytes per second with headers; {@code 0} for no limit. */
    public void bandwidth(Host host, long bytesPerSecond) {
        if (bytesPerSecond < 0) throw new IllegalArgumentException(bytesPerSecond + " bytes per second");
        host.bytesPerSecond = bytesPerSecond;
    }

    /** Gives a host another address; what is under way to the old one is lost, unless somebody else has taken it. */
    public void move(Host host, Address address) {
        Host other = byAddress.get(address);
        if (other != null && other != host) throw new IllegalArgumentException(address + " belongs to " + other);
        happened(host, "moves to " + address);
        byAddress.remove(host.address);
        byAddress.put(address, host);
        host.address = address;
    }

    /** Swaps the addresses of two hosts: what is sent to one now reaches the other. */
    public void swapAddresses(Host one, Host other) {
        happened(one, "swaps addresses with " + other);
        Address address = one.address;
        one.address = other.address;
        other.address = address;
        byAddress.put(one.address, one);
        byAddress.put(other.address, other);
    }

    // For the parts of the network.

    Agenda agenda() {
        return agenda;
    }

    TraceHash hash() {
        return hash;
    }

    Datagrams datagrams() {
        return datagrams;
    }

    Streams streams() {
        return streams;
    }

    Observer[] observers() {
        return observers;
    }

    @Nullable
    Host hostAt(Address address) {
        return byAddress.get(address);
    }

    /** Does something at a moment, on behalf of a host. */
    void schedule(long atNanos, Host host, Runnable action) {
        agenda.add(atNanos, Agenda.STREAM, host.index, 0, action);
    }

    void give(Host host, Input input) {
        processes.give(host, input, null);
    }

    void dropped(Host from, Address to, int sizeBytes, Drop why) {
        hash.add(why.ordinal());
        for (Observer observer : observers) observer.dropped(nowNanos, from, to, sizeBytes, why);
    }

    void happened(Host host, String what) {
        hash.add(nowNanos);
        hash.add(what);
        for (Observer observer : observers) observer.happened(nowNanos, host, what);
    }

    private void dispatch(byte kind, int index, int epoch, @Nullable Object item) {
        switch (kind) {
            case Agenda.TICK -> processes.tick(hosts.get(index), epoch);
            case Agenda.DATAGRAM -> arrive(hosts.get(index), (Packet) held(item));
            case Agenda.STREAM, Agenda.ACTION -> ((Runnable) held(item)).run();
            case Agenda.WALL_CLOCK -> processes.wallClock(hosts.get(index), epoch);
            case Agenda.COMMAND -> processes.ask(hosts.get(index), epoch, (Processes.Asked) held(item));
            case Agenda.RESOLVED -> processes.resolved(hosts.get(index), epoch, (Input.Resolved) held(item));
            case Agenda.BOOT -> processes.bootIfNew(hosts.get(index), epoch);
            case Agenda.WORK -> processes.work(hosts.get(index), epoch);
            default -> throw new IllegalStateException("kind " + kind);
        }
    }

    private static Object held(@Nullable Object item) {
        if (item == null) throw new IllegalStateException("an entry of the agenda lacks its item");
        return item;
    }

    private void arrive(Host planned, Packet packet) {
        Host host = planned.address.equals(packet.to) ? planned : byAddress.get(packet.to);
        if (host == null || !host.isUp()) {
            dropped(
                    hosts.get(packet.fromHost),
                    packet.to,
                    packet.sizeBytes,
                    host == null ? Drop.NO_SUCH_HOST : Drop.NOBODY_LISTENS);
            datagrams.release(packet);
        } else if (host.blocked) {
            host.heldIn.add(packet);
        } else {
            processes.give(host, new Input.Datagram(packet.from, packet.bytes), packet);
        }
    }
}
