package dev.grapevine.topic;

import dev.grapevine.core.Address;
import dev.grapevine.topic.TopicMessage.Held;
import dev.grapevine.topic.TopicMessage.Urgency;
import dev.grapevine.topic.TopicTurn.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Announcements of what is here, gathered for the links that have no place in a source's tree. */
final class Announcements {
    private static final int MAX_ANNOUNCED = 64;

    private final TopicTurn turn;

    Announcements(TopicTurn turn) {
        this.turn = turn;
    }

    void announce(Address peer, Held held) {
        PeerLink link = turn.peer(peer);
        link.lazy.add(held);
        if (link.lazy.size() >= 4 * MAX_ANNOUNCED) flush(peer, link);
        else turn.setIfUnset(new Timer.FlushLazy(), turn.nowNanos + turn.settings.lazyNanos());
    }

    void flush() {
        for (Map.Entry<Address, PeerLink> entry : turn.peers.entrySet())
            if (!entry.getValue().lazy.isEmpty()) flush(entry.getKey(), entry.getValue());
    }

    private void flush(Address peer, PeerLink link) {
        List<Held> held = new ArrayList<>();
        for (Held one : link.lazy) {
            Feed feed = turn.feeds.get(one.source());
            if (feed == null || feed.isKnown(peer, one.sequence())) continue; // it told us first
            held.add(one);
            if (held.size() == MAX_ANNOUNCED) {
                turn.send(peer, new TopicMessage.Announce(Urgency.LAZY, held));
                held = new ArrayList<>();
            }
        }
        link.lazy.clear();
        if (!held.isEmpty()) turn.send(peer, new TopicMessage.Announce(Urgency.LAZY, held));
    }
}
