package dev.grapevine.serf.memberlist;

import dev.grapevine.core.Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** All nodes known, ourselves included, and the order in which they are probed. */
final class NodeTable {
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<Address, Integer> addresses = new LinkedHashMap<>(); // nodes at each, of whatever state
    private final List<Node> order = new ArrayList<>();
    private final GossipTurns turns;
    private final RandomGenerator random;
    private int walk;

    NodeTable(RandomGenerator random) {
        this.random = random;
        this.turns = new GossipTurns(nodes.values(), random);
    }

    @Nullable
    Node get(String name) {
        return nodes.get(name);
    }

    Collection<Node> all() {
        return Collections.unmodifiableCollection(nodes.values());
    }

    int size() {
        return nodes.size();
    }

    /** Adds a node at a random place of the walk, so that all probe it at different times. */
    void add(Node node) {
        nodes.put(node.name, node);
        addresses.merge(node.address.address(), 1, Integer::sum);
        turns.add(node);
        int at = random.nextInt(order.size() + 1);
        order.add(at, node);
        if (at < walk) walk++;
    }

    /** Whom the next round of gossip tells: up to {@code count} different nodes that pass. */
    List<Node> nextToTell(int count, Predicate<Node> wanted) {
        return turns.next(count, wanted);
    }

    /** Whether a node, of whatever state, has that address. */
    boolean knows(Address address) {
        return addresses.containsKey(address);
    }

    /** A node of the table has another address from now on. */
    void move(Node node, NodeAddress to) {
        leave(node.address.address());
        node.address = to;
        addresses.merge(to.address(), 1, Integer::sum);
    }

    private void leave(Address address) {
        addresses.computeIfPresent(address, (at, count) -> count > 1 ? count - 1 : null);
    }

    /** The next node of the walk that passes; null after one round without. {@code wrapped} runs at each end. */
    @Nullable
    Node next(Predicate<Node> wanted, Runnable wrapped) {
        for (int looked = 0; looked <= order.size(); looked++) {
            if (walk >= order.size()) {
                wrapped.run();
                Collections.shuffle(order, random);
                walk = 0;
                if (order.isEmpty()) return null;
            }
            Node node = order.get(walk++);
            if (wanted.test(node)) return node;
        }
        return null;
    }

    /** Removes what passes; only between walks. */
    List<Node> removeIf(Predicate<Node> unwanted) {
        List<Node> removed = new ArrayList<>();
        order.removeIf(node -> {
            if (!unwanted.test(node)) return false;
            nodes.remove(node.name);
            leave(node.address.address());
            turns.remove(node);
            removed.add(node);
            return true;
        });
        walk = Math.min(walk, order.size());
        return removed;
    }

    /** Up to {@code count} different nodes that pass. Small tables are searched whole, so that none is missed. */
    List<Node> sample(int count, Predicate<Node> wanted) {
        List<Node> chosen = new ArrayList<>(count);
        int n = order.size();
        if (n < 16 || n < 3 * count) {
            List<Node> shuffled = new ArrayList<>(order);
            Collections.shuffle(shuffled, random);
            for (Node node : shuffled) {
                if (chosen.size() == count) break;
                if (wanted.test(node)) chosen.add(node);
            }
            return chosen;
        }
        for (int tries = 0; tries < 3 * n && chosen.size() < count; tries++) {
            Node node = order.get(random.nextInt(n));
            if (!chosen.contains(node) && wanted.test(node)) chosen.add(node);
        }
        return chosen;
    }

    int count(Predicate<Node> wanted) {
        int count = 0;
        for (Node node : order) if (wanted.test(node)) count++;
        return count;
    }
}
