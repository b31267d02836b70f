package dev.grapevine.sim.scenario;

import dev.grapevine.core.Address;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Status;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Observer;
import dev.grapevine.sim.Simulation;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One run of a scenario, step by step, so that progress can be shown and the run be stopped half-way. */
public final class ScenarioRun {
    private static final long SECOND = 1_000_000_000L;
    /** How often it is asked whether all views are equal. */
    private static final long LOOK_NANOS = SECOND / 20;

    private final Scenario scenario;
    private final Simulation sim;
    private final Nodes factory;
    private final Measures measures;
    private final Faults faults;
    private long joinedAtNanos = -1;
    private long convergedAtNanos = -1;
    private long lastStartNanos;
    private long lastFaultNanos;
    private double seedShare = -1;

    /** Prepares a run; nothing happens yet. */
    public ScenarioRun(Scenario scenario) {
        this.scenario = scenario;
        sim = Simulation.of(scenario.seed);
        factory = new Nodes(scenario.settings, scenario.rumors, scenario.clusters, scenario.protocol);
        measures = new Measures(sim, factory, scenario.expect);
        sim.observe(measures);
        sim.network().link(scenario.link);
        lastStartNanos = scenario.startOverNanos;
        for (int i = 0; i < scenario.nodes; i++) addNode(i * scenario.startOverNanos / scenario.nodes);
        faults = new Faults(this, sim, measures);
        for (int i = 0; i < scenario.faults.size(); i++) {
            Fault fault = scenario.faults.get(i);
            faults.arrange(fault, i);
            lastFaultNanos = Math.max(lastFaultNanos, fault.endsNanos());
            if (fault.kind().equals("join")) lastStartNanos = Math.max(lastStartNanos, fault.endsNanos());
        }
        every(SECOND, measures::sample);
        every(LOOK_NANOS, this::look);
        if (scenario.expect.failedNanos() >= 0) every(SECOND, measures::lookForWronglyFailed);
    }

    /** Lets somebody else watch, such as a {@link Transcript}. */
    public void observe(Observer observer) {
        sim.observe(observer);
    }

    /** Writes down from now on what a report needs; the run is the same with it. */
    public Chronicle chronicle() {
        Chronicle chronicle = new Chronicle(sim);
        sim.observe(chronicle);
        measures.chronicle(chronicle);
        return chronicle;
    }

    /** Seconds from a crash to its discovery, for every pair of a crashed and a living host, ascending. */
    public double[] detectionSeconds() {
        return measures.pairs.seconds();
    }

    Measures measures() {
        return measures;
    }

    /** The scenario that is run. */
    public Scenario scenario() {
        return scenario;
    }

    /** Virtual time so far, nanoseconds. */
    public long nowNanos() {
        return sim.nowNanos();
    }

    /** Events so far. */
    public long events() {
        return sim.events();
    }

    /** Runs on until a moment of virtual time, but not beyond the end; false when the end is reached. */
    public boolean runUntilNanos(long untilNanos) {
        sim.runUntilNanos(Math.min(untilNanos, scenario.durationNanos));
        return sim.nowNanos() < scenario.durationNanos;
    }

    /** Runs to the end and judges. */
    public Outcome run() {
        runUntilNanos(scenario.durationNanos);
        return finish();
    }

    /** Judges what was run so far; what must hold at the end is asked only if the end was reached. */
    public Outcome finish() {
        measures.finish();
        if (sim.nowNanos() >= scenario.durationNanos) judge();
        Map<String, Object> metrics = new LinkedHashMap<>();
        metrics.put("detectionFirstSeconds", measures.first.inSeconds());
        metrics.put("detectionPairsSeconds", measures.pairs.inSeconds());
        metrics.put("detectionAllSeconds", measures.all.inSeconds());
        metrics.put("undetectedPairs", measures.missing());
        metrics.put("silentFirstSeconds", measures.silent.inSeconds());
        metrics.put("falsePositivesByHealthy", measures.falseByHealthy);
        metrics.put("falsePositivesByUnhealthy", measures.falseByUnhealthy);
        metrics.put("bytesPerNodeAndSecond", measures.bytesPerSecond.asRate());
        metrics.put("bytesReceivedPerNodeAndSecond", measures.receivedPerSecond.asRate());
        metrics.put("packetsPerNodeAndSecond", measures.packetsPerSecond.asRate());
        metrics.put("largestPacketBytes", measures.largestPacketBytes);
        metrics.put("distinctSizesSeen", measures.sizesSeen.cardinality());
        metrics.put("joinedSeconds", joinedAtNanos < 0 ? -1.0 : (joinedAtNanos - lastStartNanos) / 1e9);
        metrics.put("convergedSeconds", convergedAtNanos < 0 ? -1.0 : (convergedAtNanos - lastFaultNanos) / 1e9);
        metrics.put("seedShare", seedShare);
        Map<String, Object> events = new LinkedHashMap<>();
        measures.events().forEach((kind, count) -> events.put(kind.name().toLowerCase(java.util.Locale.ROOT), count));
        metrics.put("memberEvents", events);
        return new Outcome(
                scenario.name,
                scenario.seed,
                scenario.nodes,
                sim.nowNanos(),
                sim.events(),
                sim.traceHash(),
                metrics,
                List.copyOf(measures.breaches));
    }

    /** Adds a node that starts after {@code delayNanos} and joins by way of the first. */
    Host addNode(long delayNanos) {
        int index = sim.hosts().size();
        Host host = sim.add(Address.ipv4(0x0A00_0001 + index, 7946), factory, Duration.ofNanos(delayNanos));
        if (scenario.bytesPerSecond > 0) sim.bandwidth(host, scenario.bytesPerSecond);
        sim.after(Duration.ofNanos(delayNanos), () -> join(host));
        return host;
    }

    void join(Host host) {
        int first = factory.clusterOf(host.index());
        if (host.index() == first && host.boots() <= 1) return;
        // The first host asks the next one when it comes back: somebody must be asked, and nobody names one who said
        // good-bye.
        int asked = first;
        while (asked < sim.hosts().size()
                && (asked == host.index() || hasLeft(sim.hosts().get(asked)))) asked += scenario.clusters;
        join(host, asked < sim.hosts().size() ? asked : first);
    }

    private static boolean hasLeft(Host host) {
        Beliefs node = Nodes.beliefs(host);
        return node != null && node.isLeaving();
    }

    /** Tells a host by mistake to join by way of a host of another cluster. */
    void joinStrangers(Host host) {
        join(host, (host.index() + 1) % sim.hosts().size());
    }

    private void join(Host host, int asked) {
        String seed = sim.hosts().get(asked).address().toString();
        sim.command(host, new NodeCommand.Join(List.of(seed)));
    }

    private void every(long nanos, Runnable action) {
        sim.after(Duration.ofNanos(nanos), () -> {
            action.run();
            every(nanos, action);
        });
    }

    private void look() {
        long now = sim.nowNanos();
        boolean joining = joinedAtNanos < 0 && now >= lastStartNanos;
        boolean healing = now > lastFaultNanos && convergedAtNanos < 0;
        if (!joining && !healing || !viewsAreEqual()) return;
        if (joining) {
            joinedAtNanos = now;
            double mean = 0;
            for (Host host : sim.hosts())
                mean += host.traffic().bytesSent() / (double) sim.hosts().size();
            seedShare =
                    mean == 0 ? -1 : Math.round(sim.hosts().getFirst().traffic().bytesSent() / mean * 100) / 100.0;
        }
        if (healing) convergedAtNanos = now;
    }

    /** Whether every running node sees exactly the running ones of its cluster alive. */
    private boolean viewsAreEqual() {
        int[] running = new int[scenario.clusters];
        for (Host host : sim.hosts()) if (isMember(host)) running[factory.clusterOf(host.index())]++;
        int[] digest = new int[scenario.clusters];
        boolean[] any = new boolean[scenario.clusters];
        boolean some = false;
        for (Host host : sim.hosts()) {
            Beliefs node = Nodes.beliefs(host);
            if (node == null || !isMember(host)) continue;
            int cluster = factory.clusterOf(host.index());
            if (node.liveMembers() != running[cluster]) return false;
            if (any[cluster] && node.digest() != digest[cluster]) return false;
            digest[cluster] = node.digest();
            any[cluster] = true;
            some = true;
        }
        return some;
    }

    private static boolean isMember(Host host) {
        Beliefs node = Nodes.beliefs(host);
        return host.isUp() && node != null && !node.isLeaving();
    }

    private void judge() {
        Expect expect = scenario.expect;
        within("joined-within", expect.joinedNanos(), joinedAtNanos < 0 ? -1 : joinedAtNanos - lastStartNanos);
        within(
                "converged-within",
                expect.convergedNanos(),
                convergedAtNanos < 0 ? -1 : convergedAtNanos - lastFaultNanos);
        if (measures.hasCrashes()) {
            boolean found = measures.missing() == 0;
            within("detect-median", expect.detectMedianNanos(), found ? measures.pairs.quantile(0.5) : -1);
            within("detect-most", expect.detectMostNanos(), found ? measures.pairs.quantile(0.999) : -1);
        }
        atMost("false-by-healthy", expect.falseByHealthy(), measures.falseByHealthy);
        atMost("false-in-all", expect.falseInAll(), measures.falseByHealthy + measures.falseByUnhealthy);
        atMost("seed-share", expect.seedShare(), seedShare);
        if (expect.exactlyFaulty()) exactlyFaulty();
    }

    private void within(String rule, long limitNanos, long nanos) {
        if (limitNanos < 0 || nanos >= 0 && nanos <= limitNanos) return;
        String seen = nanos < 0 ? "not by the end" : "%.3f s".formatted(nanos / 1e9);
        measures.breach(rule, seen + ", asked were %.3f s".formatted(limitNanos / 1e9));
    }

    private void atMost(String rule, double limit, double value) {
        if (limit >= 0 && value > limit) measures.breach(rule, value + ", asked was at most " + limit);
    }

    private void exactlyFaulty() {
        for (Host host : sim.hosts()) {
            Beliefs node = Nodes.beliefs(host);
            if (node == null || measures.afflicted.get(host.index())) continue;
            for (Member member : node.members()) {
                boolean faulty = measures.afflicted.get(Nodes.host(member.name()));
                if (faulty == (member.status() == Status.FAILED || member.status() == Status.LEFT)) continue;
                measures.breach(
                        "exactly-faulty",
                        host + " holds " + member + (faulty ? ", which is faulty" : ", which is well"));
                return;
            }
        }
    }
}
