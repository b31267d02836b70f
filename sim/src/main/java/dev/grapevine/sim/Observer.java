package dev.grapevine.sim;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Input;

/** Sees what happens in a simulation, in order. Buffers in what it sees are valid during the call only. */
public interface Observer {
    /** A machine is about to handle {@code input}. */
    default void handling(long atNanos, Host host, Input input) {}

    /** A machine asked for {@code effect}, which is performed next. */
    default void performing(long atNanos, Host host, Effect effect) {}

    /** All effects of one input are performed. */
    default void handled(long atNanos, Host host) {}

    /** A datagram to {@code to} will not arrive. {@code from} sent it. */
    default void dropped(long atNanos, Host from, Address to, int sizeBytes, Drop why) {}

    /** A host was started, crashed, paused, moved or the like. */
    default void happened(long atNanos, Host host, String what) {}
}
