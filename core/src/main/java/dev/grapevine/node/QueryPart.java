package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.query.Queries;
import dev.grapevine.query.QueryMessage;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** {@link Queries} to the members of the view. */
final class QueryPart implements Part {
    private final Queries queries;
    private final List<Queries.Effect> spoken = new ArrayList<>();

    QueryPart(NodeSettings settings, RandomGenerator random) {
        queries = new Queries(settings.name(), settings.membership().gossipNanos(), random);
    }

    @Override
    public int type() {
        return 42;
    }

    @Override
    public Encodable decode(ByteBuffer body) {
        return QueryMessage.decode(body);
    }

    @Override
    public void received(Address from, Encodable message, PartContext context) {
        if (message instanceof QueryMessage.Question || message instanceof QueryMessage.PassOn)
            tell(new Queries.Input.Tagged(context.self().tags().asMap()), context);
        tell(new Queries.Input.Received((QueryMessage) message), context);
    }

    @Override
    public boolean commanded(long id, Command command, PartContext context) {
        switch (command) {
            case QueryCommand.Ask ask -> {
                tell(new Queries.Input.Tagged(context.self().tags().asMap()), context);
                tell(ask(id, ask, context), context);
            }
            case QueryCommand.Answer(String asker, long query, byte[] payload) -> {
                tell(new Queries.Input.Answer(asker, query, payload), context);
                context.answer(id, NodeCommand.Done.DONE);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static Queries.Input ask(long id, QueryCommand.Ask ask, PartContext context) {
        List<String> targets = new ArrayList<>();
        List<String> relays = new ArrayList<>();
        for (Member member : context.membership().members()) {
            if (!member.isLive()) continue;
            if (!member.name().equals(context.self().name())) relays.add(member.name());
            if (matches(member.tags().asMap(), ask.tags())) targets.add(member.name());
        }
        return new Queries.Input.Ask(
                id, ask.name(), ask.payload(), ask.tags(), targets, relays, ask.acks(), ask.timeoutNanos());
    }

    private static boolean matches(Map<String, String> tags, Map<String, String> wanted) {
        for (Map.Entry<String, String> tag : wanted.entrySet())
            if (!tag.getValue().equals(tags.get(tag.getKey()))) return false;
        return true;
    }

    @Override
    public void tick(PartContext context) {
        tell(new Queries.Input.Tick(), context);
    }

    @Override
    public long nextDeadlineNanos() {
        return queries.nextDeadlineNanos();
    }

    private void tell(Queries.Input input, PartContext context) {
        queries.handle(input, context.nowNanos(), spoken);
        List<Queries.Effect> all = List.copyOf(spoken);
        spoken.clear();
        for (Queries.Effect effect : all) perform(effect, context);
    }

    private void perform(Queries.Effect effect, PartContext context) {
        switch (effect) {
            case Queries.Effect.Send(String name, QueryMessage message) -> {
                Member member = context.membership().member(name);
                if (member != null && member.isLive()) context.send(member.address(), this, message);
            }
            case Queries.Effect.Asked(long command, long id, int members, long deadlineNanos) ->
                context.answer(command, new QueryCommand.Asked(id, members, deadlineNanos));
            case Queries.Effect.Acknowledged(long id, String member) ->
                context.publish(new QueryEvent.Acknowledged(id, member));
            case Queries.Effect.Answered(long id, String member, byte[] payload) ->
                context.publish(new QueryEvent.Answered(id, member, payload));
            case Queries.Effect.Done(long id, int asked, int acknowledged, int answered) ->
                context.publish(new QueryEvent.Done(id, asked, acknowledged, answered));
            case Queries.Effect.Questioned(String asker, long id, String name, byte[] payload, long deadlineNanos) ->
                context.publish(new QueryEvent.Questioned(asker, id, name, payload, deadlineNanos));
            case Queries.Effect.Refused(long command, String reason) -> context.refuse(command, reason);
        }
    }
}
