package dev.grapevine;

import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Status;
import dev.grapevine.node.NodeEvent.RumorReceived;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** What tests of real clusters share. */
final class Clusters {
    /** Generous: a test that waits longer has failed; one that passes never waits so long. */
    static final Duration SOON = Duration.ofSeconds(20);

    private Clusters() {}

    static Builder local(String name) {
        return Grapevine.named(name).profile(Profile.LOCAL);
    }

    static String seed(Grapevine node) {
        return node.address().toString();
    }

    static Predicate<List<Member>> knows(String name, Status status) {
        return members -> members.stream().anyMatch(each -> each.name().equals(name) && each.status() == status);
    }

    static BlockingQueue<String> rumors(Grapevine node) {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        node.onRumor((RumorReceived rumor) -> heard.add(new String(rumor.payload(), StandardCharsets.UTF_8)));
        return heard;
    }

    static String next(BlockingQueue<String> heard) throws InterruptedException {
        String rumor = heard.poll(SOON.toMillis(), TimeUnit.MILLISECONDS);
        if (rumor == null) throw new AssertionError("no rumor within " + SOON);
        return rumor;
    }

    /** Looks until the condition holds: for counters, which tell nobody that they change. */
    static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) throw new AssertionError("not within " + SOON + ": " + what);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }
}
