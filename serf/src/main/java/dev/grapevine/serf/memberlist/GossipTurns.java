package dev.grapevine.serf.memberlist;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Whom the rounds of gossip tell: everybody in turn, in an order that is new each time round. A message that is sent a few
 * times reaches as many different nodes; the reference draws anew for each round, and tells some twice and others never.
 */
final class GossipTurns {
    private final Collection<Node> everybody;
    private final RandomGenerator random;
    private final List<Node> order = new ArrayList<>();
    private int at;

    /** {@code everybody} may change; what is added must be told to {@link #add}. */
    GossipTurns(Collection<Node> everybody, RandomGenerator random) {
        this.everybody = everybody;
        this.random = random;
    }

    /** A newcomer has its turn, like all who still have theirs, some time before the end of this time round. */
    void add(Node node) {
        order.add(at + random.nextInt(order.size() - at + 1), node);
    }

    void remove(Node node) {
        int found = order.indexOf(node);
        if (found < 0) return;
        order.remove(found);
        if (found < at) at--;
    }

    /** Up to {@code count} different nodes that pass. */
    List<Node> next(int count, Predicate<Node> wanted) {
        List<Node> chosen = new ArrayList<>(count);
        // The rest of this time round, and a whole one.
        for (int looks = order.size() - at + everybody.size(); looks > 0 && chosen.size() < count; looks--) {
            if (at >= order.size()) {
                order.clear();
                order.addAll(everybody);
                Collections.shuffle(order, random);
                at = 0;
            }
            Node node = order.get(at++);
            if (!chosen.contains(node) && wanted.test(node)) chosen.add(node);
        }
        return chosen;
    }
}
