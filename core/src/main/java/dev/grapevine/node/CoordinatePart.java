package dev.grapevine.node;

import dev.grapevine.coordinates.CoordinateMessage;
import dev.grapevine.coordinates.Places;
import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Network coordinates from the probes that run anyway: after a probe has measured a round trip, the two tell each other where they are; a
 * newcomer every second until it knows its place, then once a minute, so that an idle node stays within its budget. What an application
 * wants to know of others is asked for then.
 */
final class CoordinatePart implements Part {
    static final long NEWCOMER_NANOS = 900_000_000L;
    static final long SETTLED_NANOS = 60_000_000_000L;
    private static final int NEWCOMER_EXCHANGES = 16;
    private static final long ANSWER_NANOS = 3_000_000_000L;
    private static final int MAX_WAITING = 1_000;

    private record Waiting(long command, CoordinateCommand.RoundTrip asked, long untilNanos) {}

    private final String self;
    private final Places places;
    private final List<Waiting> waiting = new ArrayList<>();
    private String measured = "";
    private long measuredNanos;
    private long lastNanos = Long.MIN_VALUE;
    private int exchanges;

    CoordinatePart(NodeSettings settings, RandomGenerator random) {
        self = settings.name();
        places = new Places(self, random);
    }

    Places places() {
        return places;
    }

    @Override
    public int type() {
        return 43;
    }

    @Override
    public Encodable decode(ByteBuffer body) {
        return CoordinateMessage.decode(body);
    }

    @Override
    public void received(Address from, Encodable message, PartContext context) {
        CoordinateMessage told = (CoordinateMessage) message;
        Member member = context.membership().member(told.name());
        if (member == null || !member.isLive() || !member.address().equals(from)) return; // a member speaks for itself
        places.put(told.name(), told.place());
        if (told.asking()) {
            context.send(from, this, new CoordinateMessage(self, places.own(), false));
        } else if (told.name().equals(measured)) {
            places.measured(measured, measuredNanos);
            measured = "";
        }
        settle(context);
    }

    @Override
    public void measured(Member member, long roundTripNanos, PartContext context) {
        long wait = exchanges < NEWCOMER_EXCHANGES ? NEWCOMER_NANOS : SETTLED_NANOS;
        if (lastNanos != Long.MIN_VALUE && context.nowNanos() - lastNanos < wait) {
            places.measured(member.name(), roundTripNanos);
            return;
        }
        lastNanos = context.nowNanos();
        exchanges++;
        measured = member.name();
        measuredNanos = roundTripNanos;
        ask(member, context);
    }

    private void ask(Member member, PartContext context) {
        context.send(member.address(), this, new CoordinateMessage(self, places.own(), true));
    }

    @Override
    public void memberChanged(MembershipEvent event, PartContext context) {
        if (event instanceof MemberChanged change && !change.member().isLive())
            places.forget(change.member().name());
    }

    @Override
    public boolean commanded(long id, Command command, PartContext context) {
        if (!(command instanceof CoordinateCommand.RoundTrip asked)) return false;
        if (waiting.size() >= MAX_WAITING) throw new IllegalArgumentException(MAX_WAITING + " questions are waiting");
        for (String name : List.of(asked.one(), asked.other())) {
            Member member = context.membership().member(name);
            if (member == null || !member.isLive())
                throw new IllegalArgumentException("no live member is called " + name);
            if (places.place(name) == null) ask(member, context);
        }
        waiting.add(new Waiting(id, asked, context.nowNanos() + ANSWER_NANOS));
        settle(context);
        return true;
    }

    private void settle(PartContext context) {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            Waiting one = waiting.get(i);
            long nanos = places.roundTripNanos(one.asked().one(), one.asked().other());
            if (nanos >= 0) context.answer(one.command(), nanos);
            else if (context.nowNanos() >= one.untilNanos())
                context.refuse(
                        one.command(),
                        (places.place(one.asked().one()) == null
                                        ? one.asked().one()
                                        : one.asked().other())
                                + " does not say where it is");
            else continue;
            waiting.remove(i);
        }
    }

    @Override
    public void tick(PartContext context) {
        settle(context);
    }

    @Override
    public long nextDeadlineNanos() {
        long next = Long.MAX_VALUE;
        for (Waiting one : waiting) next = Math.min(next, one.untilNanos());
        return next;
    }
}
