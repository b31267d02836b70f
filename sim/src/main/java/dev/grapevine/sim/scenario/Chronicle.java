package dev.grapevine.sim.scenario;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Observer;
import dev.grapevine.sim.Simulation;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a report draws: how the cluster looked each second, and how one piece of news spread. Changes nothing in the run. */
public final class Chronicle implements Observer {
    /** One second of the run. */
    public record Second(
            double at,
            double meanBytes,
            double maxBytes,
            int running,
            double meanView,
            int smallestView,
            int largestView) {}

    private static final class News {
        final String title;
        final BitSet told = new BitSet();
        final List<int[]> edges = new ArrayList<>();
        final List<Double> times = new ArrayList<>();

        News(String title) {
            this.title = title;
        }

        void add(int node, int parent, long atNanos) {
            if (told.get(node)) return;
            told.set(node);
            edges.add(new int[] {node, parent});
            times.add(atNanos / 1e9);
        }

        Story story(int nodes) {
            int[] node = edges.stream().mapToInt(edge -> edge[0]).toArray();
            int[] parent = edges.stream().mapToInt(edge -> edge[1]).toArray();
            return new Story(
                    title,
                    Math.max(nodes, node.length),
                    node,
                    parent,
                    times.stream().mapToDouble(time -> time).toArray());
        }
    }

    private final Simulation sim;
    private final List<Second> seconds = new ArrayList<>();
    private final Map<Address, Integer> hostAt = new HashMap<>(); // looked up, never iterated
    private long[] bytesBefore = {};
    private @Nullable News crash;
    private int crashed = -1;
    private @Nullable News rumor;
    private String rumorKey = "";
    private @Nullable News join;

    Chronicle(Simulation sim) {
        this.sim = sim;
    }

    /** Each second so far, oldest first. */
    public List<Second> seconds() {
        return seconds;
    }

    /** Bytes per second that each host sent, mean over the run, headers included; by host. */
    public double[] sentPerSecond() {
        double time = Math.max(1, sim.nowNanos() / 1e9);
        return sim.hosts().stream()
                .mapToDouble(host -> host.traffic().bytesSent() / time)
                .toArray();
    }

    /** Likewise received. */
    public double[] receivedPerSecond() {
        double time = Math.max(1, sim.nowNanos() / 1e9);
        return sim.hosts().stream()
                .mapToDouble(host -> host.traffic().bytesReceived() / time)
                .toArray();
    }

    /** The first rumor's way, or that of the first suspicion of a host that crashed, or of the last host that joined. */
    public @Nullable Story story() {
        News told = rumor != null ? rumor : crash != null ? crash : join;
        int running = 0;
        for (Host host : sim.hosts()) if (host.isUp()) running++;
        return told == null ? null : told.story(running);
    }

    void crashed(Host host) {
        if (crashed >= 0) return;
        crashed = host.index();
        crash = new News("the suspicion that " + Nodes.name(crashed) + " is dead");
    }

    void sample() {
        List<Host> hosts = sim.hosts();
        int known = bytesBefore.length;
        bytesBefore = java.util.Arrays.copyOf(bytesBefore, hosts.size());
        double sum = 0;
        double most = 0;
        int running = 0;
        double views = 0;
        int smallest = Integer.MAX_VALUE;
        int largest = 0;
        for (int i = 0; i < hosts.size(); i++) {
            Host host = hosts.get(i);
            long bytes = host.traffic().bytesSent();
            double since = i < known ? bytes - bytesBefore[i] : 0;
            bytesBefore[i] = bytes;
            Beliefs node = Nodes.beliefs(host);
            if (node == null || !host.isUp()) continue;
            int view = node.liveMembers();
            running++;
            sum += since;
            most = Math.max(most, since);
            views += view;
            smallest = Math.min(smallest, view);
            largest = Math.max(largest, view);
        }
        if (running > 0)
            seconds.add(
                    new Second(sim.nowNanos() / 1e9, sum / running, most, running, views / running, smallest, largest));
    }

    @Override
    public void happened(long atNanos, Host host, String what) {
        hostAt.put(host.address(), host.index());
    }

    @Override
    public void performing(long atNanos, Host host, Effect effect) {
        if (!(effect instanceof Effect.Publish publish)) return;
        switch (publish.event()) {
            case MembershipEvent.MemberChanged(var kind, Member member, var before, Evidence evidence) -> {
                int about = Nodes.host(member.name());
                boolean accuses = kind == MembershipEvent.Kind.SUSPECTED || kind == MembershipEvent.Kind.FAILED;
                News story = crash;
                if (story != null && accuses && about == crashed) story.add(host.index(), teller(evidence), atNanos);
                if (kind == MembershipEvent.Kind.JOINED) joined(atNanos, host, about, evidence);
            }
            case NodeEvent.RumorReceived heard -> {
                String key = heard.origin() + " " + heard.key();
                News story = rumor;
                if (story == null) {
                    rumor = story = new News("the rumor " + heard.key() + " of " + heard.origin());
                    rumorKey = key;
                }
                if (key.equals(rumorKey))
                    story.add(host.index(), heard.hops() == 0 ? -1 : hostAt.getOrDefault(heard.from(), -1), atNanos);
            }
            default -> {}
        }
    }

    private void joined(long atNanos, Host host, int about, Evidence evidence) {
        if (about != sim.hosts().size() - 1) return;
        News story = join;
        if (story == null) join = story = new News("that " + Nodes.name(about) + " has joined");
        story.add(host.index(), teller(evidence), atNanos);
    }

    private int teller(Evidence evidence) {
        Address from = evidence.toldBy();
        return from == null ? -1 : hostAt.getOrDefault(from, -1);
    }
}
