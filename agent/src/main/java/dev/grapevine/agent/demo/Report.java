package dev.grapevine.agent.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tells people what happens while it happens, and sums it up. */
final class Report implements Demo.Watcher, AutoCloseable {
    private final DemoOptions options;
    private final Screen screen;
    private final Palette palette;
    private final boolean talks;
    private @Nullable Progress progress;

    /** @param talks false to show the bar alone, when standard output belongs to a document */
    Report(DemoOptions options, Screen screen, Palette palette, boolean talks) {
        this.options = options;
        this.screen = screen;
        this.palette = palette;
        this.talks = talks;
        this.progress = new Progress(screen, "joining", options.nodes());
    }

    @Override
    public synchronized void joined(int nodes) {
        if (progress != null) progress.at(nodes);
        if (nodes < options.nodes()) return;
        close();
        say(options.nodes() + (options.nodes() == 1 ? " node is up" : " nodes know each other"));
        say(palette.strong("Node 0 starts the gossip..."));
        progress = new Progress(screen, "informed", options.nodes());
    }

    @Override
    public synchronized void delivered(DemoResult.Delivery delivery, int informed) {
        if (progress != null) progress.at(informed);
        if (delivery.from() == null && delivery.hop() == 0) return;
        String from = delivery.from() == null ? "somebody" : "node " + delivery.from();
        say("Node " + delivery.node() + " received gossip: " + options.message() + "  "
                + palette.faint("(from " + from + ", " + ms(delivery.millis()) + ", hop " + delivery.hop() + ")"));
    }

    @Override
    public synchronized void killed(int node) {
        say(palette.bad("Node " + node + " is stopped without a word"));
    }

    @Override
    public synchronized void informedAll() {
        close();
        say(palette.good(
                options.kill() == 0 ? "All nodes received the gossip!" : "All living nodes received the gossip!"));
    }

    @Override
    public synchronized void detected(DemoResult.Failure failure, int by) {
        Double millis = failure.detectedMillis();
        say("Node " + failure.node() + " was found dead by node " + by + " after "
                + (millis == null ? "?" : ms(millis)));
    }

    @Override
    public synchronized void close() {
        if (progress != null) progress.close();
        progress = null;
    }

    private void say(String line) {
        if (talks) screen.line(line);
    }

    void summary(DemoResult result) {
        say("");
        int living = result.nodes() - result.killed();
        if (result.informed() < living) {
            say(palette.bad((living - result.informed()) + " of " + living + " living nodes were not informed"));
        }
        if (result.detected() < result.killed()) {
            say(palette.bad((result.killed() - result.detected()) + " of " + result.killed()
                    + " killed nodes were not detected by everybody"));
        }
        row("joined in", ms(result.joinMillis()));
        Double spread = result.spreadMillis();
        row("spread in", spread == null ? "never complete" : ms(spread));
        row(
                "periods",
                number(result.periods()) + " of " + number(result.intervalMillis()) + " ms; theory expects "
                        + number(result.expectedPeriods()) + " (" + result.exchange() + ", fan-out " + result.fanout()
                        + ", periodic ticks at random phases)");
        row("messages", result.datagrams() + " datagrams");
        Double payloads = result.payloadsPerDelivery();
        row("payloads", payloads == null ? "none" : number(payloads) + " per delivery");
        row("bytes", result.bytes() / result.nodes() + " per node while it spread");
        row("seed", Long.toString(options.seed()));
        if (!result.failures().isEmpty()) {
            say("");
            say(palette.strong("Found dead"));
            for (DemoResult.Failure failure : result.failures()) {
                Double millis = failure.detectedMillis();
                say("  node " + failure.node()
                        + (millis == null ? ": not found" : " after " + ms(millis) + ": " + failure.evidence()));
            }
        }
        say("");
        say(palette.strong("Who told whom"));
        tree(result.deliveries());
        screen.flush();
    }

    private void row(String name, String value) {
        say(String.format(Locale.ROOT, "  %-10s %s", name, value));
    }

    private void tree(List<DemoResult.Delivery> deliveries) {
        Map<Integer, List<DemoResult.Delivery>> children = new TreeMap<>();
        List<DemoResult.Delivery> roots = new ArrayList<>();
        for (DemoResult.Delivery each : deliveries) {
            if (each.from() == null) roots.add(each);
            else
                children.computeIfAbsent(each.from(), none -> new ArrayList<>()).add(each);
        }
        for (DemoResult.Delivery root : roots) {
            say("  node " + root.node());
            branches(root.node(), children, "  ");
        }
    }

    private void branches(int node, Map<Integer, List<DemoResult.Delivery>> children, String indent) {
        List<DemoResult.Delivery> told = children.getOrDefault(node, List.of());
        for (int i = 0; i < told.size(); i++) {
            boolean last = i == told.size() - 1;
            DemoResult.Delivery each = told.get(i);
            say(indent + (last ? "└─ " : "├─ ") + "node " + each.node() + "  " + palette.faint(ms(each.millis())));
            branches(each.node(), children, indent + (last ? "   " : "│  "));
        }
    }

    private static String ms(double millis) {
        return String.format(Locale.ROOT, millis < 10 ? "%.1f ms" : "%,.0f ms", millis);
    }

    private static String number(@Nullable Double value) {
        return value == null ? "unknown" : String.format(Locale.ROOT, "%.2f", value);
    }
}
