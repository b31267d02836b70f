package dev.grapevine.membership;

import dev.grapevine.core.Address;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for those who are missing, for ever and at a falling rate: seeds that are not among the living, and members that failed. And says so
 * when nobody answers at all.
 */
final class Rejoin {
    private static final class Seed {
        final String host;
        final int port;
        List<Address> addresses = List.of();
        int attempts;

        Seed(String host, int port) {
            this.host = host;
            this.port = port;
        }
    }

    private static final int MAX_DOUBLINGS = 6;
    private static final int ALONE_DOUBLINGS = 3;
    private static final int SOON = 4; // knocks a quarter of the first wait apart
    private static final long SECOND = 1_000_000_000L;
    private static final long MAX_REVIVE_NANOS = 30 * SECOND;

    private final Turn turn;
    private final Prober prober;
    private final Sync sync;
    private final List<Seed> seeds = new ArrayList<>();
    private boolean isolated;
    private long revivedNanos = Long.MIN_VALUE / 2;

    Rejoin(Turn turn, Prober prober, Sync sync) {
        this.turn = turn;
        this.prober = prober;
        this.sync = sync;
    }

    // ---- seeds ----

    void join(List<String> names, int defaultPort) {
        for (String name : names) {
            Address literal = Address.parse(name, defaultPort);
            int colon = name.lastIndexOf(':');
            String host = literal != null ? literal.host() : colon < 0 ? name : name.substring(0, colon);
            int port = literal != null ? literal.port() : colon < 0 ? defaultPort : port(name, colon);
            add(host, port, literal == null ? List.of() : List.of(literal));
        }
    }

    private static int port(String name, int colon) {
        try {
            int port = Integer.parseInt(name.substring(colon + 1));
            if (port > 0 && port <= 0xFFFF) return port;
        } catch (NumberFormatException e) {
            // falls through to the same refusal
        }
        throw new IllegalArgumentException("seed " + name + " is not HOST:PORT");
    }

    void remember(List<Address> addresses) {
        for (Address address : addresses) add(address.host(), address.port(), List.of(address));
    }

    private void add(String host, int port, List<Address> addresses) {
        for (Seed seed : seeds) if (seed.host.equals(host) && seed.port == port) return;
        Seed seed = new Seed(host, port);
        seed.addresses = addresses;
        seeds.add(seed);
        turn.timers.set(new Timer.SeedDue(seeds.size() - 1), turn.nowNanos);
    }

    void seedDue(int index) {
        Seed seed = seeds.get(index);
        boolean literal = Address.parse(seed.host, seed.port) != null;
        if (!literal && !anyLive(seed.addresses)) turn.effects.add(new Membership.Effect.Resolve(seed.host, seed.port));
        contact(seed);
        // Alone, keep knocking; in company, a missing seed may be another partition: ask at a falling rate.
        // At first often: a packet may be lost, and a seed that lets many in at once answers the first knock by way of
        // others.
        int doublings = Math.min(seed.attempts++ - SOON, turn.table.live() > 1 ? MAX_DOUBLINGS : ALONE_DOUBLINGS);
        long wait = doublings < 0 ? turn.settings.seedNanos() / 4 : turn.settings.seedNanos() << doublings;
        turn.timers.set(new Timer.SeedDue(index), turn.nowNanos + turn.jittered(wait));
    }

    void resolved(String host, int port, List<Address> addresses) {
        for (Seed seed : seeds) {
            if (!seed.host.equals(host) || seed.port != port || seed.addresses.equals(addresses)) continue;
            if (addresses.isEmpty()) continue; // keep what was known: a name server may be down
            seed.addresses = List.copyOf(addresses);
            contact(seed);
        }
    }

    private void contact(Seed seed) {
        if (anyLive(seed.addresses)) return;
        for (Address address : seed.addresses) {
            turn.send(address, new Message.Join(turn.self.member));
            // Where datagrams are blocked a stream may pass.
            if (seed.attempts >= SOON)
                turn.effects.add(new Membership.Effect.SendByStream(
                        address, -1, new Message.Join(turn.self.member), 2 * turn.settings.maxProbeTimeoutNanos()));
        }
    }

    private boolean anyLive(List<Address> addresses) {
        if (addresses.isEmpty()) return false;
        for (int i = 0; i < turn.table.size(); i++) {
            Member member = turn.table.row(i).member;
            if (member.isLive() && addresses.contains(member.address())) return true;
        }
        return false;
    }

    // ---- the failed ----

    void scheduleRevive(Entry entry) {
        turn.timers.set(new Timer.ReviveDue(entry.member.name()), turn.nowNanos + reviveWait(entry));
    }

    /**
     * The cluster as a whole asks a failed member twice a second at first and once in 30 s after long: each node waits that times
     * the number of nodes that ask, so the load on the dead and on the living stays flat.
     */
    private long reviveWait(Entry entry) {
        long age = turn.nowNanos - entry.sinceNanos();
        long cluster = Math.max(turn.settings.probeNanos() / 2, Math.min(MAX_REVIVE_NANOS, age / 20));
        return turn.jittered(cluster * Math.max(1, turn.table.live()));
    }

    void revive(String name) {
        Entry entry = turn.table.get(name);
        if (entry == null || entry.member.status() != Status.FAILED) return;
        // However many have failed, this node spends one such probe per half period at most.
        long free = revivedNanos + turn.settings.probeNanos() / 2;
        if (turn.nowNanos < free) {
            turn.timers.set(new Timer.ReviveDue(name), free + turn.random.nextLong(turn.settings.probeNanos()));
            return;
        }
        revivedNanos = turn.nowNanos;
        prober.revive(entry);
        scheduleRevive(entry);
    }

    // ---- isolation ----

    void heard(Address from) {
        long silent = turn.nowNanos - turn.heardNanos;
        turn.heardNanos = turn.nowNanos;
        if (!isolated) return;
        isolated = false;
        turn.publish(new MembershipEvent.Rejoined(from, silent));
        sync.behind();
    }

    void checkIsolation() {
        boolean expectsCompany = turn.table.size() > 1 || !seeds.isEmpty();
        long silent = turn.nowNanos - turn.heardNanos;
        if (isolated || !expectsCompany || silent < 3 * turn.settings.probeNanos()) return;
        if (turn.table.size() > 1 && turn.unanswered < 2) return;
        isolated = true;
        turn.publish(new MembershipEvent.Isolated(silent, turn.table.size() - 1, turn.unanswered));
    }
}
