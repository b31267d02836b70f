package dev.grapevine.runtime;

/** What hangs on a selection key or on a deadline. Called on the loop. */
interface Ready {
    /** The channel can do what the bits of {@link java.nio.channels.SelectionKey} say. */
    void ready(int operations);

    /** The deadline has come. */
    void due(long nowNanos);
}
