package dev.grapevine.broadcast;

import dev.grapevine.broadcast.MongerSettings.Interest;
import dev.grapevine.broadcast.MongerSettings.Loss;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Rumor mongering (Demers et al., PODC 1987, §1.4): a node that learned a rumor is hot and tells it to random peers, cycle by
 * cycle, until it loses interest. All variants of the paper: blind or with feedback, coin or counter, push, pull or both, with
 * the counter's reset and with minimization. It costs a bounded number of messages and may miss somebody (the residue): pair
 * it with {@link Epidemic}'s comparison of digests.
 *
 * <p>Cycles are those of the paper: what a node learns in one it passes on in the next, and, with reset or minimization, a rumor counts as
 * news to whoever did not know it when his cycle began, even if somebody else told it to him since. Without these two rules
 * its tables do not come out.
 */
public final class RumorMonger {
    /** A rumor on its way, with the counter of who tells it. */
    public record Hot(long id, byte[] payload, int counter) {}

    /**
     * What a rumor was to who heard it.
     *
     * @param counter the hearer's own counter; {@link #COLD} if he has lost interest
     */
    public record Verdict(long id, boolean news, int counter) {}

    /** The counter of who lost interest: larger than any. */
    public static final int COLD = Integer.MAX_VALUE;

    /** What nodes say to each other. */
    public sealed interface Message {
        /**
         * @param hot what the caller tells
         * @param pull whether he wants to hear
         */
        record Call(List<Hot> hot, boolean pull) implements Message {}

        /** Answers a call. */
        record Answer(List<Verdict> verdicts, List<Hot> hot) implements Message {}

        /** What the hot rumors of an answer were to the caller. */
        record Verdicts(List<Verdict> verdicts) implements Message {}
    }

    /** What happens to this machine. */
    public sealed interface Input {
        /** These are the others now, in an order that is the same in every run. */
        record Peers(Collection<String> names) implements Input {}

        /** The application starts a rumor; {@code id} must be unique in the cluster, random bits will do. */
        record Publish(long id, byte[] payload) implements Input {}

        record Received(String from, Message message) implements Input {}

        record Tick() implements Input {}
    }

    /** What the driver must do. */
    public sealed interface Effect {
        record Send(String to, Message message) implements Effect {}

        /** A rumor that was not known here. */
        record Deliver(long id, byte[] payload, String from, long atNanos) implements Effect {}

        /** The application's rumor is above a limit, which {@code reason} names. */
        record Refused(long id, String reason) implements Effect {}
    }

    private static final class Known {
        final byte[] payload;
        final long learnedCycle;
        boolean hot = true;
        int counter;
        boolean told; // in this cycle, to anybody
        boolean wasNews; // in this cycle, to anybody
        int wasted; // in this cycle, times

        Known(byte[] payload, long learnedCycle) {
            this.payload = payload;
            this.learnedCycle = learnedCycle;
        }
    }

    private final String self;
    private final MongerSettings settings;
    private final RandomGenerator random;
    private final List<String> peers = new ArrayList<>();
    private final LinkedHashMap<Long, Known> known = new LinkedHashMap<>();
    private final long phaseNanos;
    private int hot;
    private long cycle;
    private long nextCycleNanos;

    public RumorMonger(String self, MongerSettings settings, RandomGenerator random) {
        this.self = self;
        this.settings = settings;
        this.random = random;
        this.phaseNanos = random.nextLong(settings.periodNanos());
        this.nextCycleNanos = settings.direction().pulls() ? phaseNanos : Long.MAX_VALUE;
    }

    /** How many rumors this node still tells. */
    public int hotCount() {
        return hot;
    }

    /** Whether this node has heard a rumor and still remembers it. */
    public boolean knows(long id) {
        return known.containsKey(id);
    }

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    public long nextDeadlineNanos() {
        return nextCycleNanos;
    }

    /** Applies one input; appends what the driver must do, in order, to {@code effects}. */
    public void handle(Input input, long nowNanos, List<Effect> effects) {
        switch (input) {
            case Input.Peers(Collection<String> names) -> {
                peers.clear();
                for (String name : names) if (!name.equals(self)) peers.add(name);
            }
            case Input.Publish(long id, byte[] payload) -> publish(id, payload, nowNanos, effects);
            case Input.Received(String from, Message message) -> {
                switch (message) {
                    case Message.Call(List<Hot> heard, boolean pull) -> onCall(from, heard, pull, nowNanos, effects);
                    case Message.Answer(List<Verdict> verdicts, List<Hot> heard) -> {
                        judge(verdicts);
                        List<Verdict> mine = hear(from, heard, nowNanos, effects);
                        if (wantsFeedback() && !mine.isEmpty())
                            effects.add(new Effect.Send(from, new Message.Verdicts(mine)));
                    }
                    case Message.Verdicts(List<Verdict> verdicts) -> judge(verdicts);
                }
            }
            case Input.Tick() -> {
                if (nowNanos < nextCycleNanos) return;
                endCycle();
                call(effects);
                nextCycleNanos = settings.direction().pulls() || hot > 0 ? nextOnGrid(nowNanos) : Long.MAX_VALUE;
            }
        }
    }

    private boolean wantsFeedback() {
        return settings.interest() == Interest.FEEDBACK;
    }

    private boolean countsCycles() {
        return settings.reset() || settings.minimize();
    }

    private long nextOnGrid(long nowNanos) {
        long period = settings.periodNanos();
        return nowNanos + period - Math.floorMod(nowNanos - phaseNanos, period);
    }

    private void publish(long id, byte[] payload, long nowNanos, List<Effect> effects) {
        if (payload.length > settings.maxPayloadBytes())
            effects.add(new Effect.Refused(
                    id,
                    "a rumor of " + payload.length + " bytes: the limit is " + settings.maxPayloadBytes() + " bytes"));
        else if (known.containsKey(id)) effects.add(new Effect.Refused(id, "a rumor with this id is known already"));
        else if (!learn(id, payload, nowNanos))
            effects.add(new Effect.Refused(id, settings.maxKnown() + " rumors are spreading: that is the limit"));
    }

    private boolean learn(long id, byte[] payload, long nowNanos) {
        if (known.size() >= settings.maxKnown() && !forgetOldestCold()) return false;
        known.put(id, new Known(payload, cycle));
        hot++;
        if (nextCycleNanos == Long.MAX_VALUE) nextCycleNanos = nextOnGrid(nowNanos);
        return true;
    }

    private boolean forgetOldestCold() {
        for (Iterator<Known> oldest = known.values().iterator(); oldest.hasNext(); )
            if (!oldest.next().hot) {
                oldest.remove();
                return true;
            }
        return false;
    }

    // ---- a cycle

    private void endCycle() {
        if (hot > 0)
            for (Known rumor : known.values()) {
                if (rumor.hot) loseInterest(rumor);
                rumor.told = false;
                rumor.wasNews = false;
                rumor.wasted = 0;
            }
        cycle++;
    }

    private void loseInterest(Known rumor) {
        if (settings.interest() == Interest.BLIND) {
            if (!rumor.told) return;
            rumor.wasted = 1;
        } else if (rumor.wasNews && settings.reset()) {
            rumor.counter = 0;
            return;
        } else if (rumor.wasted == 0) return;
        if (!isLost(rumor)) return;
        rumor.hot = false;
        hot--;
    }

    private boolean isLost(Known rumor) {
        if (settings.loss() == Loss.COUNTER) {
            // With the reset, a cycle counts once, however many knew the rumor: the footnote to Table 3.
            rumor.counter += settings.reset() ? 1 : rumor.wasted;
            return rumor.counter >= settings.k();
        }
        for (int i = 0; i < rumor.wasted; i++) if (random.nextInt(settings.k()) == 0) return true;
        return false;
    }

    private void call(List<Effect> effects) {
        List<Hot> telling = settings.direction().pushes() ? telling() : List.of();
        boolean pull = settings.direction().pulls();
        if (telling.isEmpty() && !pull) return;
        int count = Math.min(settings.fanout(), peers.size());
        for (int i = 0; i < count; i++) {
            int other = i + random.nextInt(peers.size() - i);
            String chosen = peers.get(other);
            peers.set(other, peers.get(i));
            peers.set(i, chosen);
            effects.add(new Effect.Send(chosen, new Message.Call(telling, pull)));
        }
    }

    private List<Hot> telling() {
        List<Hot> telling = new ArrayList<>();
        if (hot > 0)
            for (Map.Entry<Long, Known> entry : known.entrySet()) {
                Known rumor = entry.getValue();
                if (!rumor.hot || rumor.learnedCycle == cycle) continue;
                rumor.told = true;
                telling.add(new Hot(entry.getKey(), rumor.payload, rumor.counter));
            }
        return telling;
    }

    // ---- talk

    private void onCall(String from, List<Hot> heard, boolean pull, long nowNanos, List<Effect> effects) {
        List<Hot> telling = pull ? telling() : new ArrayList<>(); // before hearing: news is told in the next cycle
        if (pull) for (Hot both : heard) meet(both, telling);
        List<Verdict> verdicts = hear(from, heard, nowNanos, effects);
        if (!wantsFeedback()) verdicts = List.of();
        if (!verdicts.isEmpty() || !telling.isEmpty())
            effects.add(new Effect.Send(from, new Message.Answer(verdicts, telling)));
    }

    /** Both parties tell the same rumor: it is not sent back, and this side learns from the call what the answer would say. */
    private void meet(Hot theirs, List<Hot> telling) {
        if (telling.removeIf(mine -> mine.id() == theirs.id()))
            judge(List.of(new Verdict(theirs.id(), false, theirs.counter())));
    }

    private List<Verdict> hear(String from, List<Hot> heard, long nowNanos, List<Effect> effects) {
        List<Verdict> verdicts = new ArrayList<>(heard.size());
        for (Hot one : heard) {
            Known rumor = known.get(one.id());
            if (rumor == null) {
                if (one.payload().length > settings.maxPayloadBytes() || !learn(one.id(), one.payload(), nowNanos))
                    continue;
                effects.add(new Effect.Deliver(one.id(), one.payload(), from, nowNanos));
            }
            verdicts.add(verdict(one.id(), rumor));
        }
        return verdicts;
    }

    private Verdict verdict(long id, @Nullable Known rumor) {
        if (rumor == null || countsCycles() && rumor.learnedCycle == cycle) return new Verdict(id, true, 0);
        return new Verdict(id, false, rumor.hot ? rumor.counter : COLD);
    }

    private void judge(List<Verdict> verdicts) {
        for (Verdict verdict : verdicts) {
            Known rumor = known.get(verdict.id());
            if (rumor == null || !rumor.hot) continue;
            if (verdict.news()) rumor.wasNews = true;
            else if (!settings.minimize() || rumor.counter <= verdict.counter()) rumor.wasted++;
        }
    }
}
