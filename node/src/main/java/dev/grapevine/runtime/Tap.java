package dev.grapevine.runtime;

import dev.grapevine.core.Event;

/** Looks on while a machine runs, on its loop: must return at once and must not call into the runtime. */
public interface Tap {
    /** Wants every event and does nothing. */
    Tap NONE = new Tap() {};

    /** Whether an event is handed to the listener at all; an event that nobody wants costs nothing further. */
    default boolean wants(Event event) {
        return true;
    }

    /** The machine has handled an input and its effects are performed: it may be read now. */
    default void afterInput() {}
}
