package dev.grapevine.sim;

import dev.grapevine.core.Address;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/** A place on the virtual network where a machine runs, with its own clock, disk, queues and luck. */
public final class Host {
    /** An input that waits because the machine is paused, blocked or busy; a datagram keeps its packet until handled. */
    record Waiting(Input input, @Nullable Packet packet) {}

    /** What a host's machine can do at present. */
    public enum State {
        /** Added, and its machine has not started yet. */
        WAITING,
        /** Its machine runs. */
        RUNNING,
        /** Its machine does not run for a while, and notices when it does again (SIGSTOP, a long collection of garbage). */
        PAUSED,
        /** The process ended; the host answers that nobody listens. */
        CRASHED,
        /** The host is silent. */
        OFF
    }

    final int index;
    final MachineFactory factory;
    final SplittableGenerator machineRandom;
    final SplittableGenerator linkRandom;
    final HostClock clock = new HostClock();
    final Disk disk = new Disk();
    final Traffic traffic = new Traffic();
    final ArrayDeque<Waiting> backlog = new ArrayDeque<>();
    final ArrayDeque<Packet> heldBack = new ArrayDeque<>();
    final ArrayDeque<Packet> heldIn = new ArrayDeque<>();
    final Map<Long, StreamEnd> streams = new HashMap<>(); // looked up by id; walked in the order of ids only
    Address address;
    State state = State.WAITING;

    @Nullable
    Machine machine;

    int epoch;
    int boots;
    long tickAtNanos = Long.MAX_VALUE;
    long pausedAtNanos;
    long waitingBytes;
    boolean blocked;
    long costNanos;
    long busyUntilNanos;
    boolean workScheduled;
    boolean tickWaits;
    long wallOffsetMillis;
    Loss lossOut = Loss.NONE;
    Loss lossIn = Loss.NONE;
    long bytesPerSecond;
    long uplinkFreeNanos;
    long nextAcceptedStream = -1;
    int spins;
    long spinningAtNanos;

    Host(int index, Address address, MachineFactory factory, SplittableGenerator random) {
        this.index = index;
        this.address = address;
        this.factory = factory;
        machineRandom = random.split();
        linkRandom = random.split();
    }

    /** Its place in the order of adding, from 0. */
    public int index() {
        return index;
    }

    /** Where it can be reached now. */
    public Address address() {
        return address;
    }

    /** What it can do at present. */
    public State state() {
        return state;
    }

    /** Whether its machine runs (paused counts as not running). */
    public boolean isRunning() {
        return state == State.RUNNING;
    }

    /** Whether it has a machine, running or paused. */
    public boolean isUp() {
        return state == State.RUNNING || state == State.PAUSED;
    }

    /** Whether datagrams in and out wait ({@link Simulation#block}). */
    public boolean isBlocked() {
        return blocked;
    }

    /** Whether its traffic waits, some of it is lost beyond what links lose, or its machine is slow. */
    public boolean isImpaired() {
        return blocked || costNanos > 0 || !lossOut.equals(Loss.NONE) || !lossIn.equals(Loss.NONE);
    }

    /** How often a machine was started here. */
    public int boots() {
        return boots;
    }

    /** The machine; null while there is none. Look, but do not call {@code handle}. */
    public @Nullable Machine machine() {
        return machine;
    }

    /** What it sent and received since it was added. */
    public Traffic traffic() {
        return traffic;
    }

    @Override
    public String toString() {
        return "host " + index + " at " + address;
    }
}
