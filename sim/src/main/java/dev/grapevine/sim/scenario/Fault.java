package dev.grapevine.sim.scenario;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that happens to a cluster.
 *
 * @param kind one of {@link #KINDS}
 * @param atNanos when, from the beginning of the run
 * @param forNanos how long; 0 for ever
 * @param hosts how many hosts it hits
 * @param onNanos for what comes and goes: how long it is there each time; 0 if it does not come and go
 * @param offNanos how long it is gone each time
 * @param amount loss, parts, reach, parts per million or nanoseconds, as the kind says
 * @param overNanos time over which the hosts are hit one after another; 0 for all at once
 * @param downNanos how long a host is down that restarts
 * @param flag whether a restart loses the disk, or a partition is one-way
 */
record Fault(
        String kind,
        long atNanos,
        long forNanos,
        int hosts,
        long onNanos,
        long offNanos,
        double amount,
        long overNanos,
        long downNanos,
        boolean flag) {
    static final List<String> KINDS = List.of(
            "crash",
            "power-off",
            "restart",
            "churn",
            "pause",
            "block",
            "slow",
            "drift",
            "partition",
            "ring",
            "deaf",
            "mute",
            "lose-sent",
            "lose-received",
            "no-datagrams",
            "move",
            "swap",
            "mix-up",
            "join",
            "leave",
            "gossip");

    /** Reads one; null if the seed decides that it does not happen. */
    static @Nullable Fault read(Section section, int nodes) {
        String kind = section.choice("kind", KINDS, "");
        long at = section.nanos("at", 0);
        long lasts = section.nanos("for", 0);
        int all = kind.equals("partition") || kind.equals("ring") || kind.equals("no-datagrams") ? nodes : 1;
        int hosts = kind.equals("join") ? section.whole("hosts", 1, 1, 100_000) : section.hosts("hosts", all, nodes);
        if (hosts == 0) throw section.wrong("hosts is 0");
        boolean blinks = section.has("on") || section.has("off");
        long on = section.nanos("on", 0);
        long off = section.nanos("off", 0);
        if (blinks && (on == 0 || off == 0)) throw section.wrong("on and off go together, both above 0");
        double amount = switch (kind) {
            case "lose-sent", "lose-received" -> section.number("loss", 1, 0, 1);
            case "partition" -> section.whole("parts", 2, 2, Math.max(2, nodes));
            case "ring" -> section.whole("reach", 1, 1, Math.max(1, nodes));
            case "drift" -> section.number("ppm", 100, -400_000, 400_000);
            case "slow" -> section.nanos("cost", 10_000_000);
            case "churn" -> section.nanos("every", 1_000_000_000);
            default -> 0;
        };
        long over = section.nanos("over", 0);
        boolean restarts = kind.equals("restart") || kind.equals("churn");
        long down = restarts ? section.nanos("down", 1_000_000_000) : 0;
        boolean flag = restarts && section.flag("without-disk") || kind.equals("partition") && section.flag("one-way");
        if (kind.equals("churn") && (lasts == 0 || amount == 0))
            throw section.wrong("churn needs for and every above 0");
        boolean happens = section.happens("chance");
        section.finish();
        return happens ? new Fault(kind, at, lasts, hosts, on, off, amount, over, down, flag) : null;
    }

    /** When it is over: its end, or its beginning if it lasts for ever. */
    long endsNanos() {
        return atNanos + overNanos + forNanos + downNanos;
    }

    /** Whether hosts that it hits count as healthy still. */
    boolean isHarmless() {
        return kind.equals("join") || kind.equals("gossip") || kind.equals("leave") || kind.equals("mix-up");
    }
}
