package dev.grapevine.sim.scenario;

import dev.grapevine.core.Effect;
import dev.grapevine.core.Event;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.MembershipEvent.Kind;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Observer;
import dev.grapevine.sim.Simulation;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Watches a run: when crashes are found, who is accused wrongly, what is sent, and whether the rules hold at every event. */
final class Measures implements Observer {
    /** Breaches kept; one broken rule tends to break at every event that follows. */
    private static final int MAX_BREACHES = 20;

    final Spread first = new Spread();
    final Spread pairs = new Spread();
    final Spread all = new Spread();
    final Spread silent = new Spread();
    final Spread bytesPerSecond = new Spread();
    final Spread packetsPerSecond = new Spread();
    final Spread receivedPerSecond = new Spread();
    final List<Breach> breaches = new ArrayList<>();
    final BitSet sizesSeen = new BitSet(); // only counted
    final BitSet afflicted = new BitSet();
    int falseByHealthy;
    int falseByUnhealthy;
    int largestPacketBytes;
    private final Simulation sim;
    private final Nodes nodes;
    private final Expect expect;
    private final Map<Integer, Long> crashedAt = new HashMap<>(); // looked up, never iterated
    private final Map<Integer, BitSet> foundBy = new TreeMap<>();
    private final Map<Integer, Long> lastFound = new TreeMap<>();
    private final Newest newest = new Newest();
    private final long[] events = new long[Kind.values().length];
    private final Set<String> heard = new HashSet<>(); // looked up, never iterated
    private final Set<String> sent = new HashSet<>(); // looked up, never iterated
    private final List<String> unexplained = new ArrayList<>();
    private @Nullable Chronicle chronicle;
    private long[] bytesBefore = {};
    private long[] packetsBefore = {};
    private long[] receivedBefore = {};
    private final Map<Integer, Long> silentSince = new HashMap<>(); // looked up, never iterated
    /** Observer and member, and since when the member was live and in reach while it was held failed. */
    private final TreeMap<Long, Long> heldFailed = new TreeMap<>();

    Measures(Simulation sim, Nodes nodes, Expect expect) {
        this.sim = sim;
        this.nodes = nodes;
        this.expect = expect;
    }

    /** Lets a chronicle know of crashes and seconds. */
    void chronicle(Chronicle written) {
        chronicle = written;
    }

    /** A host cannot be heard for now, or does not hear; the first who declares it failed is timed. */
    void silenced(Host host) {
        silentSince.put(host.index(), sim.nowNanos());
    }

    /** It can be heard again. */
    void heardAgain(Host host) {
        silentSince.remove(host.index());
    }

    /** A host's process ended without a word: the others should find out. */
    void crashed(Host host) {
        if (chronicle != null) chronicle.crashed(host);
        crashedAt.put(host.index(), sim.nowNanos());
        foundBy.put(host.index(), new BitSet());
    }

    /** It runs again, so that nobody need find out any more. */
    void returned(Host host) {
        heldFailed.subMap((long) host.index() << 32, (host.index() + 1L) << 32).clear();
        crashedAt.remove(host.index());
        foundBy.remove(host.index());
        lastFound.remove(host.index());
    }

    /** Takes the traffic of the second that ends now. */
    void sample() {
        if (chronicle != null) chronicle.sample();
        List<Host> hosts = sim.hosts();
        int before = bytesBefore.length;
        bytesBefore = java.util.Arrays.copyOf(bytesBefore, hosts.size());
        packetsBefore = java.util.Arrays.copyOf(packetsBefore, hosts.size());
        receivedBefore = java.util.Arrays.copyOf(receivedBefore, hosts.size());
        for (int i = 0; i < hosts.size(); i++) {
            long bytes = hosts.get(i).traffic().bytesSent();
            long packets = hosts.get(i).traffic().datagramsSent();
            long received = hosts.get(i).traffic().bytesReceived();
            if (i < before && hosts.get(i).isUp()) {
                bytesPerSecond.add(bytes - bytesBefore[i]);
                packetsPerSecond.add(packets - packetsBefore[i]);
                receivedPerSecond.add(received - receivedBefore[i]);
            }
            bytesBefore[i] = bytes;
            packetsBefore[i] = packets;
            receivedBefore[i] = received;
        }
    }

    /** Whether somebody holds a member failed for too long that is live and in reach. Asked every second. */
    void lookForWronglyFailed() {
        long now = sim.nowNanos();
        for (Map.Entry<Long, Long> held : heldFailed.entrySet()) {
            Host observer = sim.hosts().get((int) (held.getKey() >>> 32));
            Host member = sim.hosts().get((int) (long) held.getKey());
            if (!inReach(observer, member, now)) held.setValue(now);
            else if (now - held.getValue() > expect.failedNanos()) {
                breach(
                        "failed-at-most",
                        "%s holds %s failed, which has been live and in reach for %.1f s"
                                .formatted(observer, Nodes.name(member.index()), (now - held.getValue()) / 1e9));
                held.setValue(now);
            }
        }
    }

    private boolean inReach(Host observer, Host member, long now) {
        return speaks(observer)
                && speaks(member)
                && sim.network().isOpen(observer, member, true, now)
                && sim.network().isOpen(member, observer, true, now);
    }

    private static boolean speaks(Host host) {
        Beliefs node = Nodes.beliefs(host);
        return host.isRunning() && !host.isImpaired() && node != null && !node.isLeaving();
    }

    /** Ends the count: for each crash the time until the last of the living found out. */
    void finish() {
        lastFound.forEach((host, at) -> {
            if (crashedAt.containsKey(host)) all.add(at - crashedAt.getOrDefault(host, 0L));
        });
    }

    /** How often members changed in somebody's eyes, by kind; kinds that did not occur are left out. */
    Map<Kind, Long> events() {
        Map<Kind, Long> counts = new TreeMap<>();
        for (Kind kind : Kind.values()) if (events[kind.ordinal()] > 0) counts.put(kind, events[kind.ordinal()]);
        return counts;
    }

    /** Whether some crash is there to be found. */
    boolean hasCrashes() {
        return !foundBy.isEmpty();
    }

    /** How many of the living have not found out about a crash yet, over all crashes. */
    long missing() {
        long missing = 0;
        for (Map.Entry<Integer, BitSet> crash : foundBy.entrySet())
            for (Host host : sim.hosts()) if (host.isUp() && !crash.getValue().get(host.index())) missing++;
        return missing;
    }

    void breach(String rule, String detail) {
        if (breaches.size() < MAX_BREACHES) breaches.add(new Breach(rule, sim.nowNanos(), detail));
    }

    @Override
    public void performing(long atNanos, Host host, Effect effect) {
        if (effect instanceof Effect.SendDatagram send) {
            int size = send.packet().remaining();
            largestPacketBytes = Math.max(largestPacketBytes, size);
            if (size > expect.maxPacketBytes()) breach("packet-budget", host + " sent " + size + " bytes");
        } else if (effect instanceof Effect.Publish publish) {
            published(atNanos, host, publish.event());
        }
    }

    @Override
    public void handled(long atNanos, Host host) {
        if (unexplained.isEmpty()) return;
        Beliefs node = Nodes.beliefs(host);
        for (String member : unexplained)
            if (node != null && node.why(member).isEmpty())
                breach("why-never-empty", host + " cannot say why it changed its mind about " + member);
        unexplained.clear();
    }

    private void published(long atNanos, Host host, Event event) {
        switch (event) {
            case MembershipEvent.MemberChanged(Kind kind, Member member, Member before, Evidence evidence) -> {
                events[kind.ordinal()]++;
                changed(atNanos, host, kind, member);
            }
            case NodeEvent.RumorReceived rumor -> rumor(host, rumor);
            default -> {}
        }
        Beliefs node = Nodes.beliefs(host);
        if (node != null) sizesSeen.set(node.liveMembers());
    }

    private void changed(long atNanos, Host host, Kind kind, Member member) {
        int index = Nodes.host(member.name());
        Member known = newest.put(host.index(), host.boots(), index, member);
        boolean back = known != null
                && (member.generation() < known.generation()
                        || member.generation() == known.generation() && member.incarnation() < known.incarnation());
        if (back && kind != Kind.FORGOTTEN)
            breach("incarnations-never-go-back", host + " knew " + known + " and now believes " + member);
        if (nodes.clusterOf(index) != nodes.clusterOf(host.index()))
            breach("clusters-never-mix", host + " knows " + member.name() + " of another cluster");
        if (expect.failedNanos() >= 0) {
            long pair = (long) host.index() << 32 | index;
            if (kind == Kind.FAILED) heldFailed.put(pair, atNanos);
            else heldFailed.remove(pair);
        }
        if (kind != Kind.FORGOTTEN) unexplained.add(member.name());
        if (kind == Kind.FAILED) failed(atNanos, host, member);
    }

    private void failed(long atNanos, Host host, Member member) {
        int index = Nodes.host(member.name());
        Long silence = silentSince.remove(index);
        if (silence != null) silent.add(atNanos - silence);
        Long crashed = crashedAt.get(index);
        if (crashed != null) {
            BitSet found = foundBy.get(index);
            if (found == null || found.get(host.index())) return;
            if (found.isEmpty()) first.add(atNanos - crashed);
            found.set(host.index());
            pairs.add(atNanos - crashed);
            lastFound.put(index, atNanos);
        } else if (!afflicted.get(index) && sim.hosts().get(index).isUp()) {
            if (afflicted.get(host.index())) falseByUnhealthy++;
            else falseByHealthy++;
        }
    }

    private void rumor(Host host, NodeEvent.RumorReceived rumor) {
        String id = rumor.origin() + " " + rumor.key() + " "
                + java.util.HexFormat.of().formatHex(rumor.payload());
        if (rumor.hops() == 0) sent.add(id);
        if (!sent.contains(id)) breach("nothing-delivered-that-was-not-sent", host + " heard " + id);
        if (!heard.add(host.index() + " " + host.boots() + " " + id))
            breach("no-rumor-delivered-twice", host + " heard " + id + " again");
    }
}
