package dev.grapevine.testkit;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Event;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.sim.Cut;
import dev.grapevine.sim.Disk;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Link;
import dev.grapevine.sim.MachineFactory;
import dev.grapevine.sim.Observer;
import dev.grapevine.sim.Simulation;
import dev.grapevine.sim.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of full nodes on a virtual network and on virtual time: the code that ships, over encoded bytes. Nothing happens but in
 * {@link #runFor}, {@link #runUntil}, {@link #eventually} and {@link #always}; an hour takes as long as its events take. All luck
 * comes from the seed: the same test does the same again.
 *
 * <p>Not for more than one thread.
 */
public final class SimulatedCluster {
    private static final long LOOK_NANOS = 10_000_000;

    private final Simulation simulation;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private final List<Deployment<?>> deployments = new ArrayList<>();
    private final List<Event> published = new ArrayList<>(); // by the input that is being handled
    private final List<String> faults = new ArrayList<>();
    private final Set<Integer> without;
    private final MachineFactory machines;
    private final boolean ours;

    /** Starts nothing yet: the first nodes start when time first passes. */
    SimulatedCluster(int size, long seed, @Nullable MachineFactory machines, Profile profile, Set<Integer> without) {
        if (size < 1) throw new IllegalArgumentException("a cluster of " + size + " nodes");
        this.simulation = Simulation.of(seed);
        this.without = Set.copyOf(without);
        this.ours = machines == null;
        this.machines = machines == null ? new NodeFactory(MembershipSettings.of(profile)) : machines;
        simulation.observe(new Listening());
        for (int i = 0; i < size; i++) add();
    }

    /** A cluster for tests without the annotation; its nodes start and join when time first passes. */
    public static SimulatedCluster of(int nodes, long seed) {
        return new SimulatedCluster(nodes, seed, null, Profile.LAN, Set.of());
    }

    /** The same of machines of your own, which do not join by themselves. */
    public static SimulatedCluster of(int nodes, long seed, MachineFactory machines) {
        return new SimulatedCluster(nodes, seed, machines, Profile.LAN, Set.of());
    }

    // Who is there.

    /** How many nodes there are, up or down. */
    public int size() {
        return nodes.size();
    }

    /**
     * The node with this number.
     *
     * @throws NoSuchNodeException if there are fewer, as there may be while a failure is made small
     */
    public SimulatedNode node(int index) {
        if (index < 0 || index >= nodes.size()) throw new NoSuchNodeException(index, nodes.size());
        return nodes.get(index);
    }

    /** All nodes, in the order of their numbers. */
    public List<SimulatedNode> nodes() {
        return Collections.unmodifiableList(nodes);
    }

    /** The nodes that are up. */
    public List<SimulatedNode> up() {
        return nodes.stream().filter(SimulatedNode::isUp).toList();
    }

    /** One more node, which starts now and joins. */
    public SimulatedNode add() {
        MachineFactory booting = new MachineFactory() {
            @Override
            public Machine start(Start start) {
                Machine machine = machines.start(start);
                nodes.get(start.host()).started(deployments);
                return machine;
            }

            @Override
            public void published(Event event, Disk disk) {
                machines.published(event, disk);
            }
        };
        Host host = simulation.add(booting);
        SimulatedNode node = new SimulatedNode(this, host);
        nodes.add(node);
        join(node);
        return node;
    }

    /**
     * Runs an object of yours on every node, those included that are added later.
     *
     * @param maker given the node; its listeners end with the process
     */
    public <A> Deployment<A> deploy(Function<? super SimulatedNode, ? extends A> maker) {
        Deployment<A> deployment = new Deployment<>(maker);
        deployments.add(deployment);
        for (SimulatedNode node : up()) node.deploy(deployment);
        return deployment;
    }

    // Time.

    /** Virtual time since the start. */
    public Duration now() {
        return Duration.ofNanos(simulation.nowNanos());
    }

    /** Lets so much virtual time pass. */
    public void runFor(Duration time) {
        simulation.runFor(time);
    }

    /**
     * Runs until something holds, asked every 10 ms of virtual time.
     *
     * @return whether it held in time
     */
    public boolean runUntil(BooleanSupplier condition, Duration limit) {
        long until = simulation.nowNanos() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (simulation.nowNanos() >= until) return false;
            simulation.runUntilNanos(Math.min(until, simulation.nowNanos() + LOOK_NANOS));
        }
        return true;
    }

    /** Runs until all nodes that are up see exactly each other alive; fails after a minute of virtual time. */
    public void awaitJoined() {
        eventually("all nodes know each other", Duration.ofMinutes(1), this::isJoined);
    }

    private boolean isJoined() {
        List<SimulatedNode> up = up();
        for (SimulatedNode node : nodes) if (node.host().state() == Host.State.WAITING) return false; // just added
        for (SimulatedNode node : up) if (node.liveMembers() != up.size()) return false;
        return !up.isEmpty();
    }

    // Claims.

    /**
     * Runs until something holds, and fails if it does not hold in time.
     *
     * @param claim what is claimed, for the message
     */
    public void eventually(String claim, Duration within, BooleanSupplier condition) {
        if (!runUntil(condition, within))
            throw new AssertionError("not within " + within.toMillis() + " ms: " + claim + "\n" + describe());
    }

    /**
     * Lets virtual time pass, and fails as soon as something does not hold: it is asked before, and after every input of any node.
     *
     * @param claim what is claimed, for the message
     */
    public void always(String claim, Duration during, BooleanSupplier condition) {
        long until = simulation.nowNanos() + during.toNanos();
        boolean[] done = new boolean[1];
        simulation.after(during, () -> done[0] = true);
        do {
            if (!condition.getAsBoolean())
                throw new AssertionError(
                        "does not hold at " + seconds(simulation.nowNanos()) + ": " + claim + "\n" + describe());
        } while (!done[0] && simulation.step());
        simulation.runUntilNanos(until);
    }

    // Faults. Each has a number, and the search for a small failure may leave it out.

    /** Cuts these nodes off from all others, both ways; they still reach each other. */
    public Fault partition(Collection<SimulatedNode> side) {
        BitSet apart = new BitSet();
        for (SimulatedNode node : side) apart.set(node.index());
        return cut("partition: " + side + " | the others", Cut.apart(apart));
    }

    /** Cuts one node off. */
    public Fault isolate(SimulatedNode node) {
        return partition(List.of(node));
    }

    /** Loses all that goes from some nodes to others; the other way stays open. */
    public Fault oneWay(Collection<SimulatedNode> senders, Collection<SimulatedNode> receivers) {
        BitSet from = new BitSet();
        for (SimulatedNode node : senders) from.set(node.index());
        BitSet to = new BitSet();
        for (SimulatedNode node : receivers) to.set(node.index());
        return cut("one way: nothing from " + senders + " to " + receivers, new Cut.OneWay(from, to));
    }

    private Fault cut(String what, Cut cut) {
        if (!fault(what)) return new Fault(() -> {});
        simulation.network().cut(cut);
        return new Fault(() -> simulation.network().heal(cut));
    }

    /** From now on every datagram is lost with this probability, {@code 0..1}. */
    public void loss(double probability) {
        if (probability == 0 || fault("loss of " + probability))
            simulation.network().link(Link.LAN.loss(probability));
    }

    /** From now on packets travel like this. */
    public void link(Link link) {
        if (fault("another link: " + link)) simulation.network().link(link);
    }

    /**
     * Counts a fault of yours: one that you make happen with {@link #simulation}.
     *
     * @return whether it shall happen
     */
    public boolean fault(String what) {
        int number = faults.size();
        boolean happens = !without.contains(number);
        faults.add(String.format(
                Locale.ROOT,
                "#%d at %s: %s%s",
                number,
                seconds(simulation.nowNanos()),
                what,
                happens ? "" : " (left out)"));
        return happens;
    }

    // The rest.

    /** The seed of all luck. */
    public long seed() {
        return simulation.seed();
    }

    /** Luck for the test, from the seed. */
    public RandomGenerator random() {
        return simulation.random();
    }

    /** The simulation beneath, for faults and networks that are not offered here. */
    public Simulation simulation() {
        return simulation;
    }

    /** Who is up and how many members each sees, and the faults so far. */
    public String describe() {
        StringBuilder text = new StringBuilder("cluster at " + seconds(simulation.nowNanos()) + ":");
        for (SimulatedNode node : nodes) {
            text.append("\n  ").append(node).append(": ");
            if (!node.isUp()) text.append("down");
            else if (node.host().machine() instanceof NodeMachine) {
                int live = node.liveMembers();
                List<Member> members = node.members();
                text.append(live).append(" of ").append(members.size()).append(" alive");
                for (Member member : members)
                    if (!member.isLive()) text.append(", ").append(member);
            } else text.append("up");
        }
        for (String fault : faults) text.append("\n  fault ").append(fault);
        return text.toString();
    }

    List<String> faults() {
        return faults;
    }

    void join(SimulatedNode node) {
        if (!ours) return;
        for (SimulatedNode seed : nodes) {
            if (seed == node) continue;
            Address address = seed.address();
            simulation.command(node.host(), new NodeCommand.Join(List.of(address.toString())));
            return;
        }
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }

    private final class Listening implements Observer {
        @Override
        public void performing(long atNanos, Host host, Effect effect) {
            if (effect instanceof Effect.Publish(Event event)) published.add(event);
        }

        @Override
        public void handled(long atNanos, Host host) {
            if (published.isEmpty()) return;
            List<Event> now = List.copyOf(published);
            published.clear();
            for (Event event : now) nodes.get(host.index()).happened(event);
        }
    }
}
