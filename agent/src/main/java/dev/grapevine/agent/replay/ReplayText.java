package dev.grapevine.agent.replay;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A replay's result for people. */
final class ReplayText {
    private final PrintWriter out;

    ReplayText(PrintWriter out) {
        this.out = out;
    }

    void print(ReplayResult result) {
        out.println(result.node() + " of cluster " + result.cluster() + ", generation " + result.generation()
                + ", started " + result.started());
        row("inputs", result.inputs() + " replayed in " + number(result.seconds()) + " s" + counts(result.kinds()));
        row("effects", sum(result.effects()) + " in all" + counts(result.effects()));
        row(
                "events",
                result.events().isEmpty() ? "none" : counts(result.events()).substring(2));
        row("replayed", "in " + number(result.wallMillis()) + " ms");
        row("verdict", verdict(result));
        ReplayResult.Different difference = result.difference();
        if (difference != null) {
            row(
                    "input",
                    "#" + difference.input() + " at " + number(difference.seconds()) + " s: " + difference.given());
            row("differs", difference.what());
            row("place", difference.place());
        }
        if (result.tornBytes() > 0)
            row(
                    "end",
                    "torn: the process died while it wrote; " + result.tornBytes()
                            + " bytes of half a record are left out");
        else if (result.verdict().equals("same") && !result.endedInOrder())
            row("end", "the process was not stopped in order; up to 250 ms may be missing");
        ReplayResult.Broke broke = result.brokeAt();
        if (broke != null) {
            row("stopped", "at input #" + broke.input() + ", " + number(broke.seconds()) + " s: " + broke.sentence());
            for (String why : broke.why()) row("", why);
        }
        if (result.inputs() > 0) members(result);
        out.flush();
    }

    private static String verdict(ReplayResult result) {
        return switch (result.verdict()) {
            case "same" -> "the same, byte for byte: every effect is as it was recorded";
            case "stopped" -> "the same, byte for byte, up to here; the recording goes on";
            case "different" -> "DIFFERENT: a defect, or other code than was recorded";
            default ->
                result.inputs() == 0
                        ? "not replayed: " + result.obstacle()
                        : "incomplete: the same up to here; " + result.obstacle();
        };
    }

    private void members(ReplayResult result) {
        out.println();
        out.println("Members as " + result.node() + " saw them at " + number(result.seconds()) + " s");
        int name = Math.max(
                4,
                result.members().stream()
                        .mapToInt(each -> each.name().length())
                        .max()
                        .orElse(0));
        int address = result.members().stream()
                .mapToInt(each -> each.address().length())
                .max()
                .orElse(0);
        for (ReplayResult.MemberLine each : result.members())
            out.println(String.format(
                    Locale.ROOT,
                    "  %-" + name + "s  %-7s  incarnation %-3d %-" + Math.max(1, address) + "s  %s",
                    each.name(),
                    each.status(),
                    each.incarnation(),
                    each.address(),
                    each.note()));
    }

    private void row(String name, String value) {
        out.println(String.format(Locale.ROOT, "  %-9s %s", name, value));
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String counts(Map<String, Long> counts) {
        if (counts.isEmpty()) return "";
        return counts.entrySet().stream()
                .map(each -> each.getValue() + " " + each.getKey())
                .collect(Collectors.joining(", ", ": ", ""));
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
