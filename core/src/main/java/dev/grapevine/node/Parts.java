package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.wire.Encodable;
import java.util.List;
import java.util.random.RandomGenerator.SplittableGenerator;
import org.jspecify.annotations.Nullable;

/** The parts of a node, in the order in which they are asked. Every node of a cluster has the same. */
final class Parts {
    private final List<Part> parts;
    private final @Nullable Part[] byType = new @Nullable Part[128];

    private Parts(List<Part> parts) {
        this.parts = parts;
        for (Part part : parts) {
            if (part.type() < 32 || part.type() > 127 || byType[part.type()] != null)
                throw new IllegalArgumentException("type " + part.type() + " is taken, or not in 32..127");
            byType[part.type()] = part;
        }
    }

    /** All parts of a node; each has a generator split off for itself, so that one more leaves the others' luck unchanged. */
    static Parts of(NodeSettings settings, int bodyBytes, SplittableGenerator random) {
        return new Parts(List.of(
                new EpidemicPart(settings, bodyBytes, random.split()),
                new AggregatePart(random.split()),
                new TopicPart(settings, bodyBytes),
                new BlobPart(settings, random.split()),
                new QueryPart(settings, random.split()),
                new CoordinatePart(settings, random.split()),
                new StatePart(settings, bodyBytes, random.split())));
    }

    /** The part whose messages have this type, null for an unknown one. */
    @Nullable
    Part ofType(int type) {
        return type < byType.length ? byType[type] : null;
    }

    /** The part of this class. */
    <P extends Part> P get(Class<P> type) {
        for (Part part : parts) if (type.isInstance(part)) return type.cast(part);
        throw new IllegalArgumentException("no part " + type);
    }

    void received(int type, Address from, Encodable message, PartContext context) {
        Part part = ofType(type);
        if (part != null) part.received(from, message, context);
    }

    boolean commanded(long id, Command command, PartContext context) {
        for (Part part : parts) if (part.commanded(id, command, context)) return true;
        return false;
    }

    void tick(PartContext context) {
        for (Part part : parts) if (part.nextDeadlineNanos() <= context.nowNanos()) part.tick(context);
    }

    long nextDeadlineNanos() {
        long next = Long.MAX_VALUE;
        for (int i = 0; i < parts.size(); i++)
            next = Math.min(next, parts.get(i).nextDeadlineNanos());
        return next;
    }

    /** The digests of all parts in one; a part that holds nothing leaves it as it is. */
    int digest() {
        int all = 0;
        for (int i = 0; i < parts.size(); i++) {
            int digest = parts.get(i).digest();
            // Mixed with the type, so that two parts that hold the same do not cancel each other.
            if (digest != 0) all ^= digest * (0x9E37_79B1 + 2 * parts.get(i).type());
        }
        return all;
    }

    void memberChanged(MembershipEvent event, PartContext context) {
        for (Part part : parts) part.memberChanged(event, context);
    }

    void differs(Address peer, PartContext context) {
        for (Part part : parts) part.differs(peer, context);
    }

    void drained(Address peer, PartContext context) {
        for (Part part : parts) part.drained(peer, context);
    }

    void broken(Address peer, PartContext context) {
        for (Part part : parts) part.broken(peer, context);
    }

    void measured(Member member, long roundTripNanos, PartContext context) {
        for (Part part : parts) part.measured(member, roundTripNanos, context);
    }

    void wallClock(long epochMillis, PartContext context) {
        for (Part part : parts) part.wallClock(epochMillis, context);
    }
}
