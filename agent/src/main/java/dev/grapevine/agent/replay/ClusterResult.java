package dev.grapevine.agent.replay;

import dev.grapevine.membership.Member;
import dev.grapevine.membership.Status;
import dev.grapevine.sim.replay.ClusterReplay;
import dev.grapevine.sim.replay.Replay;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A cluster at one time; the components are the keys of the document that {@code --json} prints, in that order.
 *
 * @param seconds the time looked at, since the first node started
 * @param endSeconds when the last recording ends
 * @param verdict same if every node was replayed to the end of its recording without a difference, else different or incomplete
 * @param datagrams sent by all nodes
 * @param matched found at their receiver
 * @param uncertaintyMillis by how much times of different nodes may be off at worst; null if some node had to go by its wall clock
 * @param members the columns of the matrix
 */
record ClusterResult(
        String cluster,
        double seconds,
        double endSeconds,
        String verdict,
        long datagrams,
        long matched,
        @Nullable Double uncertaintyMillis,
        List<String> members,
        List<NodeLine> nodes,
        List<RumorLine> rumors) {
    /**
     * @param state running, or not started, or stopped at that time
     * @param view what it believes of each member, in the order of the columns: alive, suspect, failed, left, or none if unknown; null when it
     *     does not run
     * @param uncertaintyMillis null if it goes by its wall clock
     */
    record NodeLine(
            String name,
            String recording,
            String verdict,
            String problem,
            double startSeconds,
            double endSeconds,
            boolean endedInOrder,
            @Nullable Double uncertaintyMillis,
            String state,
            @Nullable List<String> view) {}

    /** @param heard up to the time looked at, in order */
    record RumorLine(String key, String origin, int payloadBytes, List<HeardLine> heard) {}

    /**
     * @param from null where it began
     * @param seconds of the cluster's time
     */
    record HeardLine(String node, @Nullable String from, double seconds, int hops) {}

    static ClusterResult at(ClusterReplay replay, long atNanos) throws IOException {
        List<@Nullable Map<String, Member>> views = replay.membersAt(atNanos);
        TreeSet<String> names = new TreeSet<>();
        for (Map<String, Member> view : views) if (view != null) names.addAll(view.keySet());
        List<String> columns = new ArrayList<>();
        for (ClusterReplay.Node node : replay.nodes()) {
            names.remove(node.name());
            if (!columns.contains(node.name())) columns.add(node.name()); // the recorded ones in the order of the rows
        }
        columns.addAll(names);
        List<NodeLine> nodes = new ArrayList<>();
        Double worst = 0.0;
        String verdict = "same";
        for (int i = 0; i < views.size(); i++) {
            ClusterReplay.Node node = replay.nodes().get(i);
            Map<String, Member> view = views.get(i);
            Double uncertainty = node.uncertaintyNanos() == Long.MAX_VALUE ? null : millis(node.uncertaintyNanos());
            worst = worst == null || uncertainty == null ? null : (Double) Math.max(worst, uncertainty);
            if (node.state() == Replay.State.DIFFERENT) verdict = "different";
            else if (node.state() == Replay.State.INCOMPLETE && verdict.equals("same")) verdict = "incomplete";
            nodes.add(new NodeLine(
                    node.name(),
                    node.folder().toString(),
                    node.state().name().toLowerCase(Locale.ROOT),
                    node.problem(),
                    NodeRun.seconds(node.startNanos()),
                    NodeRun.seconds(node.endNanos()),
                    node.endedInOrder(),
                    uncertainty,
                    view != null ? "running" : atNanos < node.startNanos() ? "not started" : "stopped",
                    view == null ? null : view(view, columns)));
        }
        return new ClusterResult(
                replay.cluster(),
                NodeRun.seconds(atNanos),
                NodeRun.seconds(replay.endNanos()),
                verdict,
                replay.sent(),
                replay.matched(),
                worst,
                columns,
                nodes,
                rumors(replay, atNanos));
    }

    private static List<String> view(Map<String, Member> view, List<String> columns) {
        List<String> line = new ArrayList<>();
        for (String column : columns) {
            Member member = view.get(column);
            line.add(member == null ? "none" : word(member.status()));
        }
        return line;
    }

    static String word(Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    private static List<RumorLine> rumors(ClusterReplay replay, long atNanos) {
        List<RumorLine> rumors = new ArrayList<>();
        for (ClusterReplay.Route route : replay.routes()) {
            List<HeardLine> heard = new ArrayList<>();
            for (ClusterReplay.Heard each : route.heard()) {
                if (each.atNanos() > atNanos) continue;
                Integer from = each.from();
                heard.add(new HeardLine(
                        replay.nodes().get(each.node()).name(),
                        from == null ? null : replay.nodes().get(from).name(),
                        NodeRun.seconds(each.atNanos()),
                        each.hops()));
            }
            if (!heard.isEmpty()) rumors.add(new RumorLine(route.key(), route.origin(), route.payloadBytes(), heard));
        }
        return rumors;
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e3) / 1e3;
    }

    /** How many nodes see each member in each state: for tests and for a line of summary. */
    Map<String, Long> counts() {
        Map<String, Long> counts = new TreeMap<>();
        for (NodeLine node : nodes)
            if (node.view() != null) for (String each : node.view()) counts.merge(each, 1L, Long::sum);
        return counts;
    }
}
