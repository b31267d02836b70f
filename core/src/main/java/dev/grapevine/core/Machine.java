package dev.grapevine.core;

/**
 * A protocol as a value: inputs in, effects out. A machine owns no socket, thread, clock, logger or source of luck, so
 * the same code runs on real sockets, on virtual time and in the replay of a recording.
 *
 * <p>A driver calls {@link #handle} from one thread at a time, performs the effects in order after it returns, and owes
 * an {@link Input.Tick} once {@link #nextDeadlineNanos()} has come. A new machine's first deadline is {@code 0}: the first
 * tick starts it.
 */
public interface Machine {
    /**
     * Applies one input and appends to {@code effects} what the driver must do. Never blocks and never calls out; the
     * machine is consistent when it returns. Bad bytes from a peer change nothing and throw nothing.
     *
     * @param nowNanos nanoseconds since this machine was started, {@code >= 0}, never smaller than in an earlier call
     * @throws IllegalArgumentException if a command's arguments break its stated limits
     */
    void handle(Input input, long nowNanos, Effects effects);

    /** When the driver owes the next {@link Input.Tick}; {@link Long#MAX_VALUE} while nothing is pending. */
    long nextDeadlineNanos();
}
