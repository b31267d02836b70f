package dev.grapevine.agent.replay;

import dev.grapevine.membership.Status;
import dev.grapevine.sim.replay.ClusterReplay;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A cluster's replay as one page that needs nothing else: the matrix at any time, the routes of rumors, and what happened. */
final class ClusterPage {
    private static final String TEMPLATE = "cluster.html";
    private static final String PLACE = "/*DATA*/null";

    private ClusterPage() {}

    static String html(ClusterReplay replay, ClusterResult result) throws IOException {
        List<String> members = new ArrayList<>();
        Map<String, Integer> columns = new LinkedHashMap<>();
        for (ClusterReplay.Node node : replay.nodes()) column(node.name(), columns, members);
        List<List<Object>> changes = new ArrayList<>();
        for (ClusterReplay.Change change : replay.changes())
            changes.add(List.of(
                    change.observer(),
                    column(change.member(), columns, members),
                    code(change.status()),
                    NodeRun.seconds(change.atNanos()),
                    change.note()));
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("cluster", replay.cluster());
        data.put("at", result.seconds());
        data.put("end", NodeRun.seconds(replay.endNanos()));
        data.put("about", about(result));
        data.put("nodes", nodes(result));
        data.put("members", members);
        data.put("changes", changes);
        data.put("rumors", rumors(replay));
        // "</script>" in a name would end the script.
        String json = JsonMapper.builder().build().writeValueAsString(data).replace("<", "\\u003c");
        return template().replace(PLACE, json);
    }

    private static String about(ClusterResult result) {
        String verdict = result.verdict().equals("same")
                ? "Every node did the same again, byte for byte. "
                : "Verdict: " + result.verdict() + ". ";
        Double uncertainty = result.uncertaintyMillis();
        return verdict + result.matched() + " of " + result.datagrams() + " datagrams found at both ends"
                + (uncertainty == null
                        ? "; some node goes by its wall clock."
                        : "; times of different nodes are off by at most " + uncertainty + " ms.");
    }

    private static List<Map<String, Object>> nodes(ClusterResult result) {
        List<Map<String, Object>> nodes = new ArrayList<>();
        for (ClusterResult.NodeLine node : result.nodes())
            nodes.add(Map.of("name", node.name(), "start", node.startSeconds(), "end", node.endSeconds()));
        return nodes;
    }

    private static List<Map<String, Object>> rumors(ClusterReplay replay) {
        List<Map<String, Object>> rumors = new ArrayList<>();
        for (ClusterReplay.Route route : replay.routes()) {
            List<Map<String, Object>> heard = new ArrayList<>();
            for (ClusterReplay.Heard each : route.heard()) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("n", each.node());
                one.put("f", each.from());
                one.put("t", NodeRun.seconds(each.atNanos()));
                one.put("h", each.hops());
                heard.add(one);
            }
            rumors.add(Map.of("key", route.key(), "origin", route.origin(), "heard", heard));
        }
        return rumors;
    }

    private static int column(String member, Map<String, Integer> columns, List<String> members) {
        Integer known = columns.get(member);
        if (known != null) return known;
        columns.put(member, members.size());
        members.add(member);
        return members.size() - 1;
    }

    private static int code(@Nullable Status status) {
        return status == null
                ? 0
                : switch (status) {
                    case ALIVE -> 1;
                    case SUSPECT -> 2;
                    case FAILED -> 3;
                    case LEFT -> 4;
                };
    }

    private static String template() throws IOException {
        try (InputStream page = ClusterPage.class.getResourceAsStream(TEMPLATE)) {
            if (page == null) throw new IOException("the page is missing from the program: " + TEMPLATE);
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
