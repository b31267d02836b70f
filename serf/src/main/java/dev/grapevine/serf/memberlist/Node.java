package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import org.jspecify.annotations.Nullable;

/** One entry of the node table. Only the table's owner changes it. */
public final class Node {
    final String name;
    NodeAddress address;

    @Nullable
    Bytes meta;

    Versions versions;
    long incarnation;
    PushPull.State state = PushPull.State.DEAD;
    long stateChangeNanos;

    @Nullable
    Suspicion suspicion;

    @Nullable
    FailedProbe lastFailedProbe;

    Node(String name, NodeAddress address, @Nullable Bytes meta, Versions versions) {
        this.name = name;
        this.address = address;
        this.meta = meta;
        this.versions = versions;
    }

    /** Unique in the cluster. */
    public String name() {
        return name;
    }

    /** Where it listens, in the form it announced. */
    public NodeAddress address() {
        return address;
    }

    /** What the layer above announced with it. */
    public @Nullable Bytes meta() {
        return meta;
    }

    /** What it speaks. */
    public Versions versions() {
        return versions;
    }

    /** Unsigned 32 bits. */
    public long incarnation() {
        return incarnation;
    }

    /** What we think of it. */
    public PushPull.State state() {
        return state;
    }

    /** Why it was suspected last. */
    public @Nullable FailedProbe lastFailedProbe() {
        return lastFailedProbe;
    }

    boolean isGone() {
        return state == PushPull.State.DEAD || state == PushPull.State.LEFT;
    }

    void moveTo(PushPull.State next, long nowNanos) {
        if (state == next) return;
        state = next;
        stateChangeNanos = nowNanos;
    }

    PushPull.NodeState toWire() {
        return new PushPull.NodeState(
                name, address.ip(), address.port(), meta, incarnation, state.ordinal(), versions.bytes());
    }
}
