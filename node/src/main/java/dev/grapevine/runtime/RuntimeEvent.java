package dev.grapevine.runtime;

import dev.grapevine.core.Event;

/** What the driver itself has to tell a machine's listener, in order with the machine's own events. */
public sealed interface RuntimeEvent extends Event {
    /**
     * The listener was too slow: this many events are missing at this place.
     *
     * @param count {@code > 0}
     */
    record EventsLost(long count) implements RuntimeEvent {}

    /** The machine threw, which is a bug: the input was given up, the machine goes on. */
    record MachineFault(RuntimeException cause) implements RuntimeEvent {}
}
