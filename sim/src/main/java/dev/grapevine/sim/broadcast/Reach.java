package dev.grapevine.sim.broadcast;

import java.util.random.RandomGenerator;

/**
 * How far a message came and what it cost.
 *
 * @param living nodes that could have heard it, its sender included
 * @param reached of those, its sender included
 * @param payloads sent
 * @param control other messages sent
 * @param lastHop longest way
 * @param hops of all deliveries together
 */
public record Reach(int living, int reached, long payloads, long control, int lastHop, long hops) {
    /** Share of the others that heard it. */
    public double coverage() {
        return living <= 1 ? 1 : (reached - 1) / (double) (living - 1);
    }

    public double payloadsPerDelivery() {
        return payloads / (double) Math.max(1, reached - 1);
    }

    public double controlPerDelivery() {
        return control / (double) Math.max(1, reached - 1);
    }

    public double meanHops() {
        return hops / (double) Math.max(1, reached - 1);
    }

    /** Whoever hears it first passes it on to all neighbours but the one it came from: eager push over the overlay, or a flood. */
    public static Reach flood(PartialViews views, int sender) {
        int[][] to = new int[views.size()][];
        for (int i = 0; i < to.length; i++) to[i] = views.isDown(i) ? new int[0] : views.neighbors(i);
        return spread(views, sender, (node, from) -> to[node]);
    }

    /** Whoever hears it first passes it on to so many members drawn at random: infect and die, over a full view. */
    public static Reach push(PartialViews views, int sender, int fanout, RandomGenerator random) {
        return spread(views, sender, (node, from) -> {
            int[] drawn = new int[fanout];
            for (int i = 0; i < fanout; i++) {
                int other = random.nextInt(views.size() - 1);
                drawn[i] = other < node ? other : other + 1;
            }
            return drawn;
        });
    }

    private interface Targets {
        int[] of(int node, int from);
    }

    private static Reach spread(PartialViews views, int sender, Targets targets) {
        int size = views.size();
        int[] hop = new int[size]; // plus one; 0 for not reached
        int[] from = new int[size];
        int[] queue = new int[size];
        int head = 0;
        int tail = 0;
        long payloads = 0;
        long hops = 0;
        int living = 0;
        for (int i = 0; i < size; i++) if (!views.isDown(i)) living++;
        hop[sender] = 1;
        from[sender] = -1;
        queue[tail++] = sender;
        int lastHop = 0;
        while (head < tail) {
            int node = queue[head++];
            for (int to : targets.of(node, from[node])) {
                if (to == from[node]) continue;
                payloads++;
                if (views.isDown(to) || hop[to] != 0) continue;
                hop[to] = hop[node] + 1;
                from[to] = node;
                hops += hop[node];
                lastHop = Math.max(lastHop, hop[node]);
                queue[tail++] = to;
            }
        }
        return new Reach(living, tail, payloads, 0, lastHop, hops);
    }
}
