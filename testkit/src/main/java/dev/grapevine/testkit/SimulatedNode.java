package dev.grapevine.testkit;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Event;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Membership;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.membership.Status;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node of a {@link SimulatedCluster}. What it is asked to do happens when the cluster runs on. Listeners are called in virtual time,
 * in order, and may ask for more.
 */
public final class SimulatedNode {
    private final SimulatedCluster cluster;
    private final Host host;
    private final List<Event> events = new ArrayList<>();
    private final List<Consumer<? super Event>> listeners = new ArrayList<>();
    private final List<Consumer<? super Event>> ofDeployments = new ArrayList<>();
    private boolean deploying;

    SimulatedNode(SimulatedCluster cluster, Host host) {
        this.cluster = cluster;
        this.host = host;
    }

    static String name(int index) {
        return "node-" + index;
    }

    /** {@code node-0}, {@code node-1}, ... */
    public String name() {
        return name(host.index());
    }

    /** Its number, from 0. */
    public int index() {
        return host.index();
    }

    /** Where it can be reached. */
    public Address address() {
        return host.address();
    }

    /** Whether its process is there, running or paused. */
    public boolean isUp() {
        return host.isUp();
    }

    /** Its place on the virtual network, for all that {@link dev.grapevine.sim.Simulation} can do with one. */
    public Host host() {
        return host;
    }

    // What it knows.

    /** Everybody it knows, itself included, in the order of their names; empty while it is down. */
    public List<Member> members() {
        Membership known = membership();
        if (known == null) return List.of();
        List<Member> members = new ArrayList<>(known.members());
        members.sort(Comparator.comparing(Member::name));
        return members;
    }

    /** How many members are alive or suspect, itself included; 0 while it is down. */
    public int liveMembers() {
        Membership known = membership();
        return known == null ? 0 : known.liveMembers();
    }

    /** What it believes of a member; null if it knows nobody of that name, or is down. */
    public @Nullable Status status(String member) {
        Membership known = membership();
        if (known != null) for (Member each : known.members()) if (each.name().equals(member)) return each.status();
        return null;
    }

    /** What it believes of another node. */
    public @Nullable Status status(SimulatedNode other) {
        return status(other.name());
    }

    /** Why it believes that, oldest first; empty if it knows nobody of that name, or is down. */
    public List<Evidence> why(String member) {
        Membership known = membership();
        return known == null ? List.of() : List.copyOf(known.why(member));
    }

    /** All that it has told its application, earlier processes on it included. */
    public List<Event> events() {
        return Collections.unmodifiableList(events);
    }

    /** The rumors among {@link #events}. */
    public List<NodeEvent.RumorReceived> rumors() {
        List<NodeEvent.RumorReceived> rumors = new ArrayList<>();
        for (Event event : events) if (event instanceof NodeEvent.RumorReceived rumor) rumors.add(rumor);
        return rumors;
    }

    /** Whether it heard a rumor with this text. */
    public boolean heard(String text) {
        for (Event event : events)
            if (event instanceof NodeEvent.RumorReceived rumor
                    && new String(rumor.payload(), StandardCharsets.UTF_8).equals(text)) return true;
        return false;
    }

    /**
     * The machine that runs here, to be looked at.
     *
     * @throws IllegalStateException if it is down or of another type
     */
    public <M extends Machine> M machine(Class<M> type) {
        Machine machine = host.machine();
        if (!type.isInstance(machine))
            throw new IllegalStateException(name() + (machine == null ? " is down" : " runs a " + machine.getClass()));
        return type.cast(machine);
    }

    private @Nullable Membership membership() {
        return host.machine() == null ? null : machine(NodeMachine.class).membership();
    }

    // What it is asked to do.

    /** Gives its machine a command, now. */
    public Reply command(Command command) {
        return cluster.simulation().command(host, command);
    }

    /** Spreads a rumor, a text. */
    public Reply gossip(String text) {
        return gossip("", text.getBytes(StandardCharsets.UTF_8));
    }

    /** Spreads the newest value of an entry. */
    public Reply gossip(String key, byte[] payload) {
        return command(new NodeCommand.Gossip(key, payload.clone()));
    }

    /** Says good-bye. */
    public Reply leave() {
        return command(new NodeCommand.Leave());
    }

    /** Is told of every event, as it happens. Within {@link SimulatedCluster#deploy} only as long as the process lives. */
    public void onEvent(Consumer<? super Event> listener) {
        (deploying ? ofDeployments : listeners).add(listener);
    }

    /** Is told of rumors, its own included. */
    public void onRumor(Consumer<? super NodeEvent.RumorReceived> listener) {
        onEvent(event -> {
            if (event instanceof NodeEvent.RumorReceived rumor) listener.accept(rumor);
        });
    }

    /** Is told of what becomes of members. */
    public void onMember(Consumer<? super MemberChanged> listener) {
        onEvent(event -> {
            if (event instanceof MemberChanged change) listener.accept(change);
        });
    }

    // What becomes of it. Each is a fault, which the search for a small failure may leave out.

    /** Ends its process, as {@code kill -9} does. Does nothing if it is down. */
    public void crash() {
        if (cluster.fault(name() + " crashes") && isUp()) cluster.simulation().crash(host);
    }

    /** Ends it without a trace: not even its operating system answers. Does nothing if it is down. */
    public void powerOff() {
        if (cluster.fault(name() + " is off") && isUp()) cluster.simulation().powerOff(host);
    }

    /** Starts a process anew, with what the last one left on disk, and joins. Does nothing while one runs. */
    public void start() {
        if (isUp()) return;
        cluster.simulation().restart(host);
        cluster.join(this);
    }

    /** {@link #crash} and {@link #start}. */
    public void restart() {
        if (!cluster.fault(name() + " restarts")) return;
        if (isUp()) cluster.simulation().crash(host);
        start();
    }

    /** Stops its process in its tracks, as SIGSTOP does, until {@link #resume}. */
    public void pause() {
        if (cluster.fault(name() + " pauses")) cluster.simulation().pause(host);
    }

    /** Lets it run again. */
    public void resume() {
        cluster.simulation().resume(host);
    }

    void started(List<Deployment<?>> deployments) {
        ofDeployments.clear();
        for (Deployment<?> deployment : deployments) deploy(deployment);
    }

    void deploy(Deployment<?> deployment) {
        deploying = true;
        try {
            deployment.start(this);
        } finally {
            deploying = false;
        }
    }

    void happened(Event event) {
        events.add(event);
        for (Consumer<? super Event> listener : List.copyOf(ofDeployments)) listener.accept(event);
        for (Consumer<? super Event> listener : List.copyOf(listeners)) listener.accept(event);
    }

    @Override
    public String toString() {
        return name();
    }
}
