package dev.grapevine.sim;

import dev.grapevine.core.Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What lies between the hosts: links, cuts and names. Changes take effect for what is sent from then on. */
public final class Network {
    private Link link = Link.LAN;
    private final Map<Long, Link> linkOf = new HashMap<>(); // looked up, never iterated
    private final List<Cut> cuts = new ArrayList<>();
    private final List<Cut.Stops> stops = new ArrayList<>();
    private final Set<Long> inBurst = new HashSet<>(); // looked up, never iterated
    private final Map<String, List<Address>> names = new HashMap<>(); // looked up, never iterated
    private long resolveNanos = 1_000_000;

    Network() {}

    /** Sets how packets travel where nothing else is said. */
    public Network link(Link link) {
        this.link = link;
        return this;
    }

    /** How packets travel where nothing else is said. */
    public Link link() {
        return link;
    }

    /** Sets how packets travel from one host to another, in that direction. */
    public Network link(Host from, Host to, Link link) {
        linkOf.put(pair(from.index, to.index), link);
        return this;
    }

    /** Puts a cut in force until {@link #heal(Cut)}. */
    public Network cut(Cut cut) {
        return cut(cut, Cut.Stops.EVERYTHING);
    }

    /** Puts a cut in force, for datagrams or streams only. */
    public Network cut(Cut cut, Cut.Stops what) {
        cuts.add(cut);
        stops.add(what);
        return this;
    }

    /** Ends a cut. */
    public Network heal(Cut cut) {
        for (int i = cuts.size() - 1; i >= 0; i--) {
            if (!cuts.get(i).equals(cut)) continue;
            cuts.remove(i);
            stops.remove(i);
        }
        return this;
    }

    /** Ends all cuts. */
    public Network heal() {
        cuts.clear();
        stops.clear();
        return this;
    }

    /** Gives a host name addresses; none at all makes it unknown. */
    public Network name(String host, List<Address> addresses) {
        names.put(host, List.copyOf(addresses));
        return this;
    }

    /** Sets how long looking up a name takes, nanoseconds. */
    public Network resolveNanos(long nanos) {
        if (nanos < 0) throw new IllegalArgumentException("looking up a name in " + nanos + " ns");
        resolveNanos = nanos;
        return this;
    }

    /** Whether a datagram (or a segment of a stream) can pass now. */
    public boolean isOpen(Host from, Host to, boolean datagram, long nowNanos) {
        for (int i = 0; i < cuts.size(); i++) {
            Cut.Stops what = stops.get(i);
            if (what == (datagram ? Cut.Stops.STREAMS : Cut.Stops.DATAGRAMS)) continue;
            if (cuts.get(i).severs(from.index, to.index, nowNanos)) return false;
        }
        return true;
    }

    long resolveNanos() {
        return resolveNanos;
    }

    List<Address> addressesOf(String host, int port) {
        Address literal = Address.parse(host, port);
        if (literal != null) return List.of(literal);
        List<Address> found = names.getOrDefault(host, List.of());
        List<Address> withPort = new ArrayList<>(found.size());
        for (Address address : found) withPort.add(address.port() == 0 ? address.withPort(port) : address);
        return withPort;
    }

    Link linkBetween(Host from, Host to) {
        if (linkOf.isEmpty()) return link;
        Link own = linkOf.get(pair(from.index, to.index));
        return own == null ? link : own;
    }

    /** Draws whether a packet is lost on the link, at the sender's side or at the receiver's. */
    boolean loses(Link link, Host from, Host to) {
        return loses(link.loss(), from, to, 0) || loses(from.lossOut, from, to, 1) || loses(to.lossIn, from, to, 2);
    }

    private boolean loses(Loss loss, Host from, Host to, int place) {
        return switch (loss) {
            case Loss.Independent(double probability) -> Draws.happens(probability, from.linkRandom);
            case Loss.Bursty bursty -> losesInBursts(bursty, from, (pair(from.index, to.index) << 2) + place);
        };
    }

    private boolean losesInBursts(Loss.Bursty loss, Host from, long key) {
        boolean bad = inBurst.contains(key);
        if (Draws.happens(bad ? loss.toGood() : loss.toBad(), from.linkRandom)) {
            bad = !bad;
            if (bad) inBurst.add(key);
            else inBurst.remove(key);
        }
        return Draws.happens(bad ? loss.lossBad() : loss.lossGood(), from.linkRandom);
    }

    private static long pair(int from, int to) {
        return (long) from << 30 | to;
    }
}
