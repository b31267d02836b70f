package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.core.Timers;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the parts of {@link Topics} share while they handle one input. */
final class TopicTurn {
    sealed interface Timer {
        record FlushAcks() implements Timer {}

        record FlushLazy() implements Timer {}

        record Retry(Address peer) implements Timer {}

        record MissingDue(long source, long sequence) implements Timer {}

        record Settle(long source) implements Timer {}

        record ReportDue(long source) implements Timer {}

        record Sweep() implements Timer {}

        record Pump() implements Timer {}
    }

    final String self;
    final long generation;
    final TopicSettings settings;
    final Timers<Timer> timers = new Timers<>();
    final LinkedHashMap<Long, Feed> feeds = new LinkedHashMap<>();
    final Set<Address> neighbors = new LinkedHashSet<>();
    final Map<Address, PeerLink> peers = new LinkedHashMap<>();
    final Tally tally = new Tally();
    long nowNanos;
    List<Topics.Effect> effects = List.of();
    int view = 1;

    TopicTurn(String self, long generation, TopicSettings settings) {
        this.self = self;
        this.generation = generation;
        this.settings = settings;
    }

    void send(Address to, TopicMessage message) {
        if (message instanceof TopicMessage.Payload) tally.payloadsSent++;
        else tally.controlSent++;
        effects.add(new Topics.Effect.Send(to, message));
    }

    PeerLink peer(Address address) {
        return peers.computeIfAbsent(address, key -> new PeerLink());
    }

    void setIfUnset(Timer timer, long deadlineNanos) {
        if (!timers.isSet(timer)) timers.set(timer, deadlineNanos);
    }
}
