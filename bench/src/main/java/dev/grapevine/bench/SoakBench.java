package dev.grapevine.bench;

import dev.grapevine.Grapevine;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.runtime.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * 100 living nodes while every core is busy with other work: nobody may be taken for dead. Exits 1 if somebody was.
 *
 * <p>Arguments: the number of nodes (100), seconds (600).
 */
public final class SoakBench {
    private SoakBench() {}

    /** Runs it. */
    public static void main(String[] args) throws Exception {
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 100;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 600;
        AtomicLong failed = new AtomicLong();
        AtomicLong suspected = new AtomicLong();
        List<Process> busy = new ArrayList<>();
        List<Grapevine> nodes = new ArrayList<>();
        try (Loop loop = Loop.start("soak")) {
            ClusterBench.join(loop, count, true, nodes);
            for (Grapevine node : nodes) {
                node.onMember(change -> {
                    if (change.kind() == Kind.SUSPECTED) suspected.incrementAndGet();
                    if (change.kind() != Kind.FAILED) return;
                    failed.incrementAndGet();
                    System.out.println(
                            node.name() + " took " + change.member().name() + " for dead: " + change.evidence());
                });
            }
            // Processes of their own, as other services on the machine would be, twice as many as there are cores.
            int hogs = 2 * Runtime.getRuntime().availableProcessors();
            for (int i = 0; i < hogs; i++) {
                busy.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
            }
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (System.nanoTime() < until) {
                TimeUnit.SECONDS.sleep(Math.min(30, seconds));
                System.out.printf(
                        Locale.ROOT,
                        "%d s left, %d suspicions, %d false failures%n",
                        Math.max(0, TimeUnit.NANOSECONDS.toSeconds(until - System.nanoTime())),
                        suspected.get(),
                        failed.get());
            }
        } finally {
            for (Process each : busy) each.destroyForcibly();
        }
        System.out.println(failed.get() == 0 ? "nobody was taken for dead" : failed.get() + " false failures");
        if (failed.get() > 0) System.exit(1);
    }
}
