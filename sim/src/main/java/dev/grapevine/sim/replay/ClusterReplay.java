package dev.grapevine.sim.replay;

import dev.grapevine.core.Address;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.membership.Status;
import dev.grapevine.node.NodeEvent.RumorReceived;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.RecordingException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The recordings of one cluster, each replayed exactly and all brought to one time: see {@link Alignment}. The cluster's time is zero
 * when its first node started.
 */
public final class ClusterReplay {
    /**
     * A node.
     *
     * @param state how its replay ended; {@link Replay.State#SAME} if all was as recorded
     * @param problem what was not, in words; empty if nothing
     * @param startNanos of the cluster's time
     * @param endNanos its last input, in the cluster's time
     * @param uncertaintyNanos by how much its times may be off against the first node's; {@link Long#MAX_VALUE} if no datagram went both
     *     ways and the wall clock had to do
     */
    public record Node(
            String name,
            Path folder,
            Address address,
            Replay.State state,
            String problem,
            long startNanos,
            long endNanos,
            boolean endedInOrder,
            long uncertaintyNanos) {}

    /**
     * What a node came to believe.
     *
     * @param observer number of the node
     * @param status null once it has forgotten the member
     */
    public record Change(
            int observer, String member, @Nullable Status status, long atNanos, String note) {}

    /**
     * A node heard a rumor.
     *
     * @param from the node it came from; null where it began, or if that one was not recorded
     */
    public record Heard(int node, @Nullable Integer from, long atNanos, int hops) {}

    /** A value of an entry, and who heard it when. */
    public record Route(String key, String origin, int payloadBytes, List<Heard> heard) {}

    private final List<NodeLog> logs;
    private final Alignment alignment;
    private final List<Node> nodes = new ArrayList<>();

    private ClusterReplay(List<NodeLog> logs) {
        this.logs = logs;
        this.alignment = new Alignment(logs);
        for (int i = 0; i < logs.size(); i++) {
            NodeLog log = logs.get(i);
            nodes.add(new Node(
                    log.name(),
                    log.folder,
                    log.settings.address(),
                    log.state,
                    log.problem,
                    at(i, 0),
                    at(i, log.endNanos),
                    log.ended,
                    alignment.uncertaintyNanos[i]));
        }
    }

    /**
     * Replays all recordings below a directory.
     *
     * @throws RecordingException if one is damaged, there is none, or they are of several clusters
     */
    public static ClusterReplay of(Path directory, KeyFinder keys) throws IOException {
        List<Path> folders = Recording.find(directory);
        if (folders.isEmpty()) throw new RecordingException(directory + " holds no recording");
        List<NodeLog> logs = new ArrayList<>();
        for (Path folder : folders) {
            NodeLog log = new NodeLog(folder, keys);
            if (!logs.isEmpty()
                    && !log.settings.cluster().equals(logs.getFirst().settings.cluster()))
                throw new RecordingException(
                        folder + " is of cluster " + log.settings.cluster() + ", " + logs.getFirst().folder + " of "
                                + logs.getFirst().settings.cluster() + ": replay one at a time");
            logs.add(log);
        }
        logs.sort(Comparator.comparing(NodeLog::name, ClusterReplay::compareNames)
                .thenComparingLong(log -> log.startEpochMillis));
        return new ClusterReplay(logs);
    }

    /** {@code node-2} before {@code node-10}. */
    private static int compareNames(String a, String b) {
        int digitsA = trailingDigits(a);
        int digitsB = trailingDigits(b);
        int order = a.substring(0, a.length() - digitsA).compareTo(b.substring(0, b.length() - digitsB));
        if (order == 0) order = Integer.compare(digitsA, digitsB);
        return order == 0 ? a.compareTo(b) : order;
    }

    private static int trailingDigits(String text) {
        int count = 0;
        while (count < text.length() && Character.isDigit(text.charAt(text.length() - 1 - count))) count++;
        return count;
    }

    private long at(int node, long ownNanos) {
        return ownNanos + alignment.offsetNanos[node];
    }

    /** The cluster's name. */
    public String cluster() {
        return logs.getFirst().settings.cluster();
    }

    /** The recorded nodes, in the order of their names; one that restarted stands there once for each start. */
    public List<Node> nodes() {
        return nodes;
    }

    /** When the last recording ends, in the cluster's time. */
    public long endNanos() {
        long end = 0;
        for (Node node : nodes) end = Math.max(end, node.endNanos());
        return end;
    }

    /** Datagrams sent by all nodes. */
    public long sent() {
        long sent = 0;
        for (NodeLog log : logs) sent += log.sent.size();
        return sent;
    }

    /** How many of them were found again at their receiver. */
    public long matched() {
        return alignment.matches.size();
    }

    /**
     * The least time that a matched datagram took by the common time, nanoseconds. Below zero, by more than the uncertainty, only if clocks
     * ran at different speeds.
     */
    public long leastLatencyNanos() {
        long least = Long.MAX_VALUE;
        for (Alignment.Match match : alignment.matches)
            least = Math.min(least, at(match.to(), match.receivedNanos()) - at(match.from(), match.sentNanos()));
        return alignment.matches.isEmpty() ? 0 : least;
    }

    /** Everything that any node came to believe of a member, in the order of the cluster's time. */
    public List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < logs.size(); i++) {
            String self = logs.get(i).name();
            changes.add(new Change(i, self, Status.ALIVE, at(i, 0), "it started"));
            for (NodeLog.Told told : logs.get(i).told)
                if (told.event() instanceof MemberChanged change) {
                    boolean gone = change.kind() == Kind.FORGOTTEN;
                    changes.add(new Change(
                            i,
                            change.member().name(),
                            gone ? null : change.member().status(),
                            at(i, told.atNanos()),
                            change.evidence().note()));
                }
        }
        changes.sort(Comparator.comparingLong(Change::atNanos));
        return changes;
    }

    /** The rumors, in the order in which they were first heard, each with its route. */
    public List<Route> routes() {
        Map<Address, Integer> byAddress = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) byAddress.put(nodes.get(i).address(), i);
        Map<List<Object>, Route> routes = new LinkedHashMap<>();
        for (int i = 0; i < logs.size(); i++)
            for (NodeLog.Told told : logs.get(i).told)
                if (told.event() instanceof RumorReceived rumor) {
                    List<Object> value =
                            List.of(rumor.origin(), rumor.key(), java.nio.ByteBuffer.wrap(rumor.payload()));
                    Integer from = rumor.hops() == 0 ? null : byAddress.get(rumor.from());
                    routes.computeIfAbsent(
                                    value,
                                    none -> new Route(
                                            rumor.key(), rumor.origin(), rumor.payload().length, new ArrayList<>()))
                            .heard()
                            .add(new Heard(i, from, at(i, told.atNanos()), rumor.hops()));
                }
        List<Route> ordered = new ArrayList<>(routes.values());
        for (Route route : ordered)
            route.heard().sort(Comparator.comparingLong(Heard::atNanos).thenComparingInt(Heard::hops));
        ordered.sort(Comparator.comparingLong(route -> route.heard().getFirst().atNanos()));
        return ordered;
    }

    /**
     * What every node believed at a time of the cluster, from its machine as it then was.
     *
     * @return for each node its members by name; null where the node had not started or had stopped
     */
    public List<@Nullable Map<String, Member>> membersAt(long atNanos) throws IOException {
        List<@Nullable Map<String, Member>> views = new ArrayList<>();
        for (int i = 0; i < logs.size(); i++) {
            Node node = nodes.get(i);
            if (atNanos < node.startNanos() || atNanos > node.endNanos()) {
                views.add(null);
                continue;
            }
            Replay replay = logs.get(i).again();
            replay.runUntil(atNanos - alignment.offsetNanos[i]);
            Map<String, Member> members = new TreeMap<>();
            for (Member member : ((NodeMachine) replay.machine()).membership().members())
                members.put(member.name(), member);
            views.add(members);
        }
        return views;
    }
}
