package dev.grapevine.state.aggregate;

import dev.grapevine.core.Timers;
import dev.grapevine.wire.Wire;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Push-pull averaging (Jelasity, Montresor, Babaoglu, 2005): in every cycle each node averages what it has with one random peer,
 * and the variance over all nodes falls to 0.30 of what it was. After some cycles an epoch ends, its result is told, and all
 * begin anew with the values of then, so that values that changed and nodes that crashed are forgotten with it. A node whose
 * epoch ends first takes the others along; no clocks are compared.
 *
 * <p>Nothing is lost with a lost message. The responder works out what must flow so that both have the same, adds it, and
 * answers with it; an offer that comes again is answered with the same flow; the initiator subtracts it when the answer
 * comes, whatever happened to it in between. So the sum over all nodes stays what it was once all answers have come. A node
 * that joins in the middle of an epoch only adds to the sums.
 *
 * <p>The number of nodes needs one node whose weight is 1 while all others have 0. Every node begins as its own leader under a
 * random number; whoever hears of a smaller number forgets its own weight and joins that leader's.
 *
 * @param <P> names a peer; needs equals and hashCode
 */
public final class Aggregator<P> {
    /** What happens to this machine. */
    public sealed interface Input<P> {
        /** These are the others now; replaces all earlier ones. The order must be the same in every run. */
        record Peers<P>(List<P> peers) implements Input<P> {}

        /** This node's value of an aggregate is this, from the next epoch on. */
        record Contribute<P>(String name, double value) implements Input<P> {}

        /** This node has no value any more, from the next epoch on; it goes on taking part. */
        record Withdraw<P>(String name) implements Input<P> {}

        record Received<P>(P from, AggregateMessage message) implements Input<P> {}

        record Tick<P>() implements Input<P> {}
    }

    /** What the driver must do. */
    public sealed interface Effect<P> {
        record Send<P>(P to, AggregateMessage message) implements Effect<P> {}

        /** An epoch is over. */
        record Completed<P>(AggregateResult result) implements Effect<P> {}
    }

    private static final int MAX_ANSWERED = 1024; // flows that may be asked for again, per aggregate: the last ones
    private static final int MAX_OFFERED = 8;

    private sealed interface Timer {
        record Cycle(String name) implements Timer {}

        record Retry(String name, int sequence) implements Timer {}
    }

    private record Served<P>(P peer, int sequence) {}

    private record Offered<P>(P peer, AggregateMessage.Offer offer, int attempts) {}

    private static final class Aggregate<P> {
        final String name;

        @Nullable
        Double value;

        long epoch;
        int cycles;
        int sequence;
        long leader;
        Mass mass = Mass.ofNoValue();
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;

        @Nullable
        AggregateResult completed;

        final LinkedHashMap<Integer, Offered<P>> offered = new LinkedHashMap<>();
        final LinkedHashMap<Served<P>, AggregateMessage.Flow> answered = new LinkedHashMap<>();

        Aggregate(String name) {
            this.name = name;
        }

        AggregateResult result() {
            double weight = mass.weight();
            boolean known = weight > 0;
            boolean any = mass.count() > 0;
            return new AggregateResult(
                    name,
                    epoch,
                    cycles,
                    known ? mass.nodes() / weight : Double.NaN,
                    known ? mass.count() / weight : Double.NaN,
                    known ? mass.sum() / weight : Double.NaN,
                    any ? mass.sum() / mass.count() : Double.NaN,
                    min <= max ? min : Double.NaN,
                    min <= max ? max : Double.NaN,
                    mass.histogram().spread());
        }
    }

    private final AggregateSettings settings;
    private final RandomGenerator random;
    private final Map<String, Aggregate<P>> aggregates = new LinkedHashMap<>();
    private final Timers<Timer> timers = new Timers<>();
    private List<P> peers = List.of();

    /** @param random this node's own luck */
    public Aggregator(AggregateSettings settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        return timers.nextDeadlineNanos();
    }

    /** The names of the aggregates that this node takes part in, in the order in which they became known. */
    public List<String> names() {
        return List.copyOf(aggregates.keySet());
    }

    /** What the averaging that is going on says so far; null if there is no such aggregate. */
    public @Nullable AggregateResult current(String name) {
        Aggregate<P> aggregate = aggregates.get(name);
        return aggregate == null ? null : aggregate.result();
    }

    /** The result of the last epoch that this node took part in to its end; null if there was none. */
    public @Nullable AggregateResult completed(String name) {
        Aggregate<P> aggregate = aggregates.get(name);
        return aggregate == null ? null : aggregate.completed;
    }

    /**
     * Applies one input; appends what the driver must do, in order, to {@code effects}.
     *
     * @throws IllegalArgumentException if a name or a value is not what it must be, or there are too many
     */
    public void handle(Input<P> input, long nowNanos, List<Effect<P>> effects) {
        switch (input) {
            case Input.Peers<P>(List<P> now) -> peers = List.copyOf(now);
            case Input.Contribute<P>(String name, double value) -> {
                if (!Double.isFinite(value))
                    throw new IllegalArgumentException("a value must be a finite number, not " + value);
                contribute(name, value, nowNanos);
            }
            case Input.Withdraw<P>(String name) -> {
                Aggregate<P> aggregate = aggregates.get(name);
                if (aggregate != null) aggregate.value = null;
            }
            case Input.Received<P>(P from, AggregateMessage message) -> received(from, message, nowNanos, effects);
            case Input.Tick<P>() -> {
                for (Timer due; (due = timers.pollDue(nowNanos)) != null; ) {
                    switch (due) {
                        case Timer.Cycle(String name) -> cycle(aggregates.get(name), nowNanos, effects);
                        case Timer.Retry(String name, int sequence) -> retry(name, sequence, nowNanos, effects);
                    }
                }
            }
        }
    }

    private void contribute(String name, double value, long nowNanos) {
        Aggregate<P> known = aggregates.get(name);
        if (known != null) {
            known.value = value;
            return;
        }
        int bytes = Wire.utf8Size(name);
        if (bytes < 1 || bytes > AggregateCodec.MAX_NAME_BYTES)
            throw new IllegalArgumentException(
                    "an aggregate's name has 1 to " + AggregateCodec.MAX_NAME_BYTES + " bytes, not " + bytes);
        if (aggregates.size() >= settings.maxNames())
            throw new IllegalArgumentException(
                    "there are " + aggregates.size() + " aggregates already, the most allowed");
        begin(new Aggregate<>(name), value, 1, nowNanos);
    }

    private void begin(Aggregate<P> aggregate, @Nullable Double value, long epoch, long nowNanos) {
        aggregate.value = value;
        aggregates.put(aggregate.name, aggregate);
        restart(aggregate, epoch);
        // A random phase, so that not everybody asks at the same moment.
        timers.set(new Timer.Cycle(aggregate.name), nowNanos + random.nextLong(settings.cycleNanos()) + 1);
    }

    private void restart(Aggregate<P> aggregate, long epoch) {
        for (int sequence : aggregate.offered.keySet()) timers.cancel(new Timer.Retry(aggregate.name, sequence));
        aggregate.offered.clear();
        aggregate.answered.clear();
        aggregate.epoch = epoch;
        aggregate.cycles = 0;
        aggregate.leader = random.nextLong() >>> 1;
        Double value = aggregate.value;
        aggregate.mass = (value == null ? Mass.ofNoValue() : Mass.of(value)).withWeight(1);
        aggregate.min = value == null ? Double.POSITIVE_INFINITY : value;
        aggregate.max = value == null ? Double.NEGATIVE_INFINITY : value;
    }

    private void complete(Aggregate<P> aggregate, long next, List<Effect<P>> effects) {
        // A node that joined in the middle has a result too, unless it came so late that it knows next to nothing.
        if (2 * aggregate.cycles >= settings.cyclesPerEpoch()) {
            AggregateResult result = aggregate.result();
            aggregate.completed = result;
            effects.add(new Effect.Completed<>(result));
        }
        restart(aggregate, next);
    }

    private void cycle(@Nullable Aggregate<P> aggregate, long nowNanos, List<Effect<P>> effects) {
        if (aggregate == null) return;
        timers.set(new Timer.Cycle(aggregate.name), nowNanos + settings.cycleNanos());
        if (aggregate.cycles >= settings.cyclesPerEpoch()) complete(aggregate, aggregate.epoch + 1, effects);
        aggregate.cycles++;
        if (peers.isEmpty()) return;
        P peer = peers.get(random.nextInt(peers.size()));
        AggregateMessage.Offer offer = new AggregateMessage.Offer(
                aggregate.name,
                aggregate.epoch,
                aggregate.sequence = aggregate.sequence + 1 & Integer.MAX_VALUE,
                aggregate.leader,
                aggregate.mass,
                aggregate.min,
                aggregate.max);
        if (aggregate.offered.size() >= MAX_OFFERED) {
            Iterator<Integer> oldest = aggregate.offered.keySet().iterator();
            timers.cancel(new Timer.Retry(aggregate.name, oldest.next()));
            oldest.remove();
        }
        offer(aggregate, new Offered<>(peer, offer, 1), nowNanos, effects);
    }

    private void offer(Aggregate<P> aggregate, Offered<P> offered, long nowNanos, List<Effect<P>> effects) {
        aggregate.offered.put(offered.offer().sequence(), offered);
        timers.set(new Timer.Retry(aggregate.name, offered.offer().sequence()), nowNanos + settings.retryNanos());
        effects.add(new Effect.Send<>(offered.peer(), offered.offer()));
    }

    private void retry(String name, int sequence, long nowNanos, List<Effect<P>> effects) {
        Aggregate<P> aggregate = aggregates.get(name);
        Offered<P> offered = aggregate == null ? null : aggregate.offered.remove(sequence);
        if (aggregate == null || offered == null || offered.attempts() >= settings.attempts()) return;
        offer(aggregate, new Offered<>(offered.peer(), offered.offer(), offered.attempts() + 1), nowNanos, effects);
    }

    private void received(P from, AggregateMessage message, long nowNanos, List<Effect<P>> effects) {
        Aggregate<P> aggregate = aggregates.get(message.name());
        switch (message) {
            case AggregateMessage.Offer offer -> {
                if (aggregate == null) {
                    // Somebody has a value of a name that is new here: this node takes part without one.
                    if (aggregates.size() >= settings.maxNames()) return;
                    aggregate = new Aggregate<>(offer.name());
                    begin(aggregate, null, offer.epoch(), nowNanos);
                }
                if (offer.epoch() < aggregate.epoch) {
                    effects.add(new Effect.Send<>(from, new AggregateMessage.Newer(offer.name(), aggregate.epoch)));
                    return;
                }
                if (offer.epoch() > aggregate.epoch) complete(aggregate, offer.epoch(), effects);
                answer(aggregate, from, offer, effects);
            }
            case AggregateMessage.Flow flow -> {
                if (aggregate != null && flow.epoch() == aggregate.epoch) flowed(aggregate, from, flow);
            }
            case AggregateMessage.Newer newer -> {
                if (aggregate != null && newer.epoch() > aggregate.epoch) complete(aggregate, newer.epoch(), effects);
            }
        }
    }

    private void answer(Aggregate<P> aggregate, P from, AggregateMessage.Offer offer, List<Effect<P>> effects) {
        Served<P> served = new Served<>(from, offer.sequence());
        AggregateMessage.Flow before = aggregate.answered.get(served);
        if (before != null) {
            effects.add(new Effect.Send<>(from, before));
            return;
        }
        follow(aggregate, offer.leader());
        Mass theirs =
                offer.leader() == aggregate.leader ? offer.mass() : offer.mass().withWeight(0);
        Mass flow = aggregate.mass.flowFrom(theirs);
        aggregate.mass = aggregate.mass.plus(flow, 1);
        AggregateMessage.Flow answer = new AggregateMessage.Flow(
                offer.name(), offer.epoch(), offer.sequence(), aggregate.leader, flow, aggregate.min, aggregate.max);
        aggregate.min = Math.min(aggregate.min, offer.min());
        aggregate.max = Math.max(aggregate.max, offer.max());
        if (aggregate.answered.size() >= MAX_ANSWERED)
            aggregate.answered.remove(aggregate.answered.keySet().iterator().next());
        aggregate.answered.put(served, answer);
        effects.add(new Effect.Send<>(from, answer));
    }

    private void flowed(Aggregate<P> aggregate, P from, AggregateMessage.Flow flow) {
        Offered<P> offered = aggregate.offered.get(flow.sequence());
        if (offered == null || !offered.peer().equals(from)) return;
        aggregate.offered.remove(flow.sequence());
        timers.cancel(new Timer.Retry(aggregate.name, flow.sequence()));
        follow(aggregate, flow.leader());
        // Weight of a leader that is one no longer is gone on both sides.
        Mass flowed =
                flow.leader() == aggregate.leader ? flow.flow() : flow.flow().withWeight(0);
        aggregate.mass = aggregate.mass.plus(flowed, -1);
        aggregate.min = Math.min(aggregate.min, flow.min());
        aggregate.max = Math.max(aggregate.max, flow.max());
    }

    private void follow(Aggregate<P> aggregate, long leader) {
        if (leader >= aggregate.leader) return;
        aggregate.leader = leader;
        aggregate.mass = aggregate.mass.withWeight(0);
    }

    /** What this node holds, for tests of what must not change. */
    @Nullable
    Mass mass(String name) {
        Aggregate<P> aggregate = aggregates.get(name);
        return aggregate == null ? null : aggregate.mass;
    }
}
