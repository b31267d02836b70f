package dev.grapevine;

import dev.grapevine.state.Convergence;

/** How replicated state fares at this node. */
public interface State {
    /** How far this node's writes are known to have come. Asking makes the node follow that for the next minute. */
    Convergence convergence();

    /** Equal on nodes that show the same facts and shared entries. */
    long digest();

    /** How many keys have a value. */
    int size();

    /** How many removals are remembered because somebody may not have seen them. */
    int tombstones();

    /** Bytes that this node has sent for replicated state. */
    long sentBytes();
}
