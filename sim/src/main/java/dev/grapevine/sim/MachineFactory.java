package dev.grapevine.sim;

import dev.grapevine.core.Event;
import dev.grapevine.core.Machine;

/** Makes the machines of a host: one when it is added and one at every restart. */
@FunctionalInterface
public interface MachineFactory {
    /** A new machine. */
    Machine start(Start start);

    /** Sees each event that a machine of this factory publishes, and may write to the host's disk, as an application would. */
    default void published(Event event, Disk disk) {}
}
