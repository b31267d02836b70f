package dev.grapevine.testkit;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * One of your objects on every node: made when the node starts, gone when it stops, made anew when it starts again.
 *
 * @param <A> the type of your objects
 */
public final class Deployment<A> {
    private final Function<? super SimulatedNode, ? extends A> maker;
    private final Map<SimulatedNode, A> running = new HashMap<>(); // looked up, never iterated

    Deployment(Function<? super SimulatedNode, ? extends A> maker) {
        this.maker = maker;
    }

    /**
     * The object of the process that runs on a node.
     *
     * @throws IllegalStateException if none runs there
     */
    public A on(SimulatedNode node) {
        A found = node.isUp() ? running.get(node) : null;
        if (found == null) throw new IllegalStateException("nothing runs on " + node.name());
        return found;
    }

    void start(SimulatedNode node) {
        running.put(node, maker.apply(node));
    }
}
