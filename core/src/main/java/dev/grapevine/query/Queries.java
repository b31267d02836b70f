package dev.grapevine.query;

import dev.grapevine.core.Timers;
import dev.grapevine.query.QueryMessage.PassOn;
import dev.grapevine.query.QueryMessage.Question;
import dev.grapevine.query.QueryMessage.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks members and collects their acknowledgements and answers until a deadline. The asker knows the view, so it asks each member itself, at a
 * steady pace; who says nothing is asked again, from the second time on by way of third parties, and answers on all ways on which it was
 * asked. (Serf gossips its queries; its default deadline, serf/serf.go, is taken over.)
 *
 * <p>What a query costs at most, whatever happens: for each member asked {@value #ATTEMPTS} questions from the asker, of them
 * {@value #RELAYED_ATTEMPTS} by {@value #RELAYS} third parties each; an acknowledgement and an answer for each question that arrives. That is
 * {@value #MOST_MESSAGES} messages a member asked, none larger than a datagram. A question never asks anybody who was not named by the asker,
 * a third party passes each message on once, and an answer goes to a member called the asker, wherever the packet came from.
 */
public final class Queries {
    /** How often a silent member is asked. */
    public static final int ATTEMPTS = 4;

    /** Of those, by way of third parties. */
    public static final int RELAYED_ATTEMPTS = 2;

    /** Third parties for each of those. */
    public static final int RELAYS = 2;

    /**
     * Most messages per member asked: 2 direct questions, 2 × 2 passed on (two legs each); and for each of the 6 that arrive an
     * acknowledgement and an answer, of which those to 4 go back two ways of three legs.
     */
    public static final int MOST_MESSAGES = 2 + 2 * 4 + 2 * (2 + 4 * 3);

    /** What happens to this machine. */
    public sealed interface Input {
        /**
         * The application asks.
         *
         * @param targets names of the members to ask; this node itself may be among them
         * @param relays names of members that may pass a question on
         * @param timeoutNanos 0 for {@link #defaultTimeoutNanos}
         */
        record Ask(
                long command,
                String name,
                byte[] payload,
                Map<String, String> tags,
                List<String> targets,
                List<String> relays,
                boolean acks,
                long timeoutNanos)
                implements Input {}

        /** The application answers a question that it was told. */
        record Answer(String asker, long id, byte[] payload) implements Input {}

        record Received(QueryMessage message) implements Input {}

        /** This node's own tags now. */
        record Tagged(Map<String, String> tags) implements Input {}

        record Tick() implements Input {}
    }

    /** What the driver must do. */
    public sealed interface Effect {
        /** To the member of that name; nothing if there is none. */
        record Send(String member, QueryMessage message) implements Effect {}

        /** The application's query has begun. */
        record Asked(long command, long id, int members, long deadlineNanos) implements Effect {}

        record Acknowledged(long id, String member) implements Effect {}

        record Answered(long id, String member, byte[] payload) implements Effect {}

        /** The deadline has come, or everybody has answered. */
        record Done(long id, int asked, int acknowledged, int answered) implements Effect {}

        /** Somebody asks this node; it may be answered with {@link Input.Answer} until the deadline. */
        record Questioned(String asker, long id, String name, byte[] payload, long deadlineNanos) implements Effect {}

        record Refused(long command, String reason) implements Effect {}
    }

    private sealed interface Timer {
        record Pump(long id) implements Timer {}

        record Retry(long id) implements Timer {}

        record Deadline(long id) implements Timer {}

        record Forget(Key key) implements Timer {}
    }

    private record Key(String asker, long id) {}

    /** A member that was asked. */
    private static final class Target {
        int attempts;
        boolean acknowledged;
        boolean answered;
    }

    private static final class Pending {
        final long id;
        final Input.Ask ask;
        final long deadlineNanos;
        final Map<String, Target> targets = new LinkedHashMap<>();
        final List<String> queue = new ArrayList<>();
        int acknowledged;
        int answered;

        Pending(long id, Input.Ask ask, long deadlineNanos) {
            this.id = id;
            this.ask = ask;
            this.deadlineNanos = deadlineNanos;
        }
    }

    /** A question that was put to this node. */
    private static final class Heard {
        final long deadlineNanos;
        final boolean acks;
        final List<String> ways = new ArrayList<>(); // who passed it on; the asker itself always gets a direct reply

        byte @Nullable [] answer;

        Heard(long deadlineNanos, boolean acks) {
            this.deadlineNanos = deadlineNanos;
            this.acks = acks;
        }
    }

    private static final int MAX_PENDING = 64;
    private static final int MAX_HEARD = 1024;
    private static final int BURST = 64;
    private static final long BURST_NANOS = 5_000_000;
    private static final long MAX_TIMEOUT_NANOS = 3_600_000_000_000L;
    private static final byte[] NOTHING = new byte[0];

    private final String self;
    private final long gossipNanos;
    private final RandomGenerator random;
    private final Timers<Timer> timers = new Timers<>();
    private final Map<Long, Pending> pending = new LinkedHashMap<>();
    private final LinkedHashMap<Key, Heard> heard = new LinkedHashMap<>();
    private Map<String, String> tags = Map.of();
    private List<Effect> effects = List.of();
    private long nowNanos;

    /**
     * @param gossipNanos the cluster's gossip interval, from which deadlines follow, nanoseconds, {@code > 0}
     */
    public Queries(String self, long gossipNanos, RandomGenerator random) {
        if (gossipNanos <= 0) throw new IllegalArgumentException("gossipNanos " + gossipNanos + " is not positive");
        this.self = self;
        this.gossipNanos = gossipNanos;
        this.random = random;
    }

    /** How long a query in a cluster of so many members waits: 16 gossip intervals for each power of ten (serf/serf.go). */
    public static long defaultTimeoutNanos(int members, long gossipNanos) {
        return 16 * gossipNanos * (long) Math.max(1, Math.ceil(Math.log10(members + 1.0)));
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input input, long nowNanos, List<Effect> effects) {
        this.nowNanos = nowNanos;
        this.effects = effects;
        switch (input) {
            case Input.Ask ask -> ask(ask);
            case Input.Answer(String asker, long id, byte[] payload) -> answer(new Key(asker, id), payload);
            case Input.Received(QueryMessage message) -> received(message);
            case Input.Tagged(Map<String, String> now) -> tags = now;
            case Input.Tick() -> {}
        }
        for (Timer due; (due = timers.pollDue(nowNanos)) != null; ) {
            switch (due) {
                case Timer.Pump(long id) -> pump(id);
                case Timer.Retry(long id) -> retry(id);
                case Timer.Deadline(long id) -> finish(id);
                case Timer.Forget(Key key) -> heard.remove(key);
            }
        }
    }

    // ---- asking

    private void ask(Input.Ask ask) {
        String refusal = refusal(ask);
        if (refusal != null) {
            effects.add(new Effect.Refused(ask.command(), refusal));
            return;
        }
        long id = random.nextLong();
        long timeout = ask.timeoutNanos() > 0
                ? ask.timeoutNanos()
                : defaultTimeoutNanos(ask.relays().size() + 1, gossipNanos);
        Pending query = new Pending(id, ask, nowNanos + timeout);
        for (String target : ask.targets()) query.targets.putIfAbsent(target, new Target());
        query.queue.addAll(query.targets.keySet());
        pending.put(id, query);
        effects.add(new Effect.Asked(ask.command(), id, query.targets.size(), query.deadlineNanos));
        timers.set(new Timer.Deadline(id), query.deadlineNanos);
        timers.set(new Timer.Retry(id), nowNanos + retryNanos(query));
        pump(id);
        if (query.targets.isEmpty()) finish(id);
    }

    private @Nullable String refusal(Input.Ask ask) {
        if (ask.payload().length > QueryMessage.MAX_PAYLOAD_BYTES)
            return "a query of " + ask.payload().length + " bytes is refused: the limit is "
                    + QueryMessage.MAX_PAYLOAD_BYTES + " bytes";
        int name = dev.grapevine.wire.Wire.utf8Size(ask.name());
        if (name < 1 || name > QueryMessage.MAX_NAME_BYTES)
            return "a query's name has 1 to " + QueryMessage.MAX_NAME_BYTES + " bytes of UTF-8, not " + name;
        if (ask.tags().size() > QueryMessage.MAX_TAGS)
            return "a query names at most " + QueryMessage.MAX_TAGS + " tags, not "
                    + ask.tags().size();
        if (ask.timeoutNanos() < 0 || ask.timeoutNanos() > MAX_TIMEOUT_NANOS)
            return "a query waits up to an hour, not " + ask.timeoutNanos() / 1_000_000 + " ms";
        if (pending.size() >= MAX_PENDING)
            return MAX_PENDING + " queries of this node are running: ask again when one is done";
        return null;
    }

    private long retryNanos(Pending query) {
        return Math.max(1, (query.deadlineNanos - nowNanos) / (ATTEMPTS + 1));
    }

    private Question question(Pending query) {
        long left = Math.max(0, (query.deadlineNanos - nowNanos) / 1_000_000);
        return new Question(
                query.id, self, query.ask.name(), query.ask.acks(), (int) left, query.ask.tags(), query.ask.payload());
    }

    private void pump(long id) {
        Pending query = pending.get(id);
        if (query == null) return;
        Question question = question(query);
        int count = Math.min(BURST, query.queue.size());
        List<String> now = List.copyOf(query.queue.subList(0, count));
        query.queue.subList(0, count).clear();
        for (String member : now) {
            Target target = query.targets.get(member);
            if (target == null || target.answered || target.attempts >= ATTEMPTS) continue;
            target.attempts++;
            if (member.equals(self)) questioned(question, null);
            else if (target.attempts <= ATTEMPTS - RELAYED_ATTEMPTS) effects.add(new Effect.Send(member, question));
            else
                for (String relay : relays(query, member))
                    effects.add(new Effect.Send(relay, new PassOn(member, "", question)));
        }
        if (!query.queue.isEmpty()) timers.set(new Timer.Pump(id), nowNanos + BURST_NANOS);
    }

    private List<String> relays(Pending query, String target) {
        List<String> members = query.ask.relays();
        List<String> chosen = new ArrayList<>();
        for (int tries = 0; tries < 8 && chosen.size() < RELAYS && members.size() > 1; tries++) {
            String one = members.get(random.nextInt(members.size()));
            if (!one.equals(target) && !one.equals(self) && !chosen.contains(one)) chosen.add(one);
        }
        return chosen;
    }

    private void retry(long id) {
        Pending query = pending.get(id);
        if (query == null) return;
        for (Map.Entry<String, Target> entry : query.targets.entrySet()) {
            Target target = entry.getValue();
            // Who acknowledged is asked once more at most: it may be that its answer was lost, or that it thinks.
            int most = target.acknowledged ? ATTEMPTS - RELAYED_ATTEMPTS : ATTEMPTS;
            if (!target.answered && target.attempts < most && !query.queue.contains(entry.getKey()))
                query.queue.add(entry.getKey());
        }
        pump(id);
        timers.set(new Timer.Retry(id), nowNanos + retryNanos(query));
    }

    private void onReply(Reply reply) {
        if (!reply.asker().equals(self)) {
            // Passed back once, to the member of that name.
            effects.add(new Effect.Send(reply.asker(), reply));
            return;
        }
        Pending query = pending.get(reply.id());
        Target target = query == null ? null : query.targets.get(reply.member());
        if (query == null || target == null) return;
        if (!target.acknowledged) {
            target.acknowledged = true;
            query.acknowledged++;
            effects.add(new Effect.Acknowledged(query.id, reply.member()));
        }
        if (!reply.answer() || target.answered) return;
        target.answered = true;
        query.answered++;
        effects.add(new Effect.Answered(query.id, reply.member(), reply.payload()));
        if (query.answered == query.targets.size()) finish(query.id);
    }

    private void finish(long id) {
        Pending query = pending.remove(id);
        if (query == null) return;
        timers.cancel(new Timer.Deadline(id));
        timers.cancel(new Timer.Retry(id));
        timers.cancel(new Timer.Pump(id));
        effects.add(new Effect.Done(id, query.targets.size(), query.acknowledged, query.answered));
    }

    // ---- being asked

    private void received(QueryMessage message) {
        switch (message) {
            case Question question -> questioned(question, null);
            case PassOn(String target, String via, Question question) -> {
                if (target.equals(self)) questioned(question, via.isEmpty() ? null : via);
                // Once, and with our name, so that the answer can come back this way.
                else if (via.isEmpty()) effects.add(new Effect.Send(target, new PassOn(target, self, question)));
            }
            case Reply reply -> onReply(reply);
        }
    }

    private void questioned(Question question, @Nullable String way) {
        for (Map.Entry<String, String> tag : question.tags().entrySet())
            if (!tag.getValue().equals(tags.get(tag.getKey()))) return;
        Key key = new Key(question.asker(), question.id());
        Heard known = heard.get(key);
        boolean first = known == null;
        if (known == null) {
            long left = Math.min(question.leftMillis() * 1_000_000L, MAX_TIMEOUT_NANOS);
            known = new Heard(nowNanos + left, question.acks());
            heard.put(key, known);
            timers.set(new Timer.Forget(key), known.deadlineNanos + 1_000_000_000L);
            if (heard.size() > MAX_HEARD) {
                Map.Entry<Key, Heard> oldest = heard.pollFirstEntry();
                timers.cancel(new Timer.Forget(oldest.getKey()));
            }
        }
        if (way != null && known.ways.size() < RELAYS * RELAYED_ATTEMPTS && !known.ways.contains(way))
            known.ways.add(way);
        byte[] answer = known.answer;
        if (answer != null) reply(key, known, true, answer);
        else if (known.acks) reply(key, known, false, NOTHING);
        if (first)
            effects.add(new Effect.Questioned(
                    question.asker(), question.id(), question.name(), question.payload(), known.deadlineNanos));
    }

    private void answer(Key key, byte[] payload) {
        if (payload.length > QueryMessage.MAX_PAYLOAD_BYTES)
            throw new IllegalArgumentException("an answer of " + payload.length + " bytes is refused: the limit is "
                    + QueryMessage.MAX_PAYLOAD_BYTES + " bytes");
        Heard known = heard.get(key);
        if (known == null || nowNanos > known.deadlineNanos)
            throw new IllegalArgumentException("the answer is too late: the query of " + key.asker() + " is over");
        if (known.answer != null) throw new IllegalArgumentException("the query of " + key.asker() + " was answered");
        known.answer = payload;
        reply(key, known, true, payload);
    }

    private void reply(Key key, Heard known, boolean answer, byte[] payload) {
        Reply reply = new Reply(key.id(), key.asker(), self, answer, payload);
        if (key.asker().equals(self)) {
            onReply(reply);
            return;
        }
        effects.add(new Effect.Send(key.asker(), reply));
        for (String way : known.ways) effects.add(new Effect.Send(way, reply));
    }
}
