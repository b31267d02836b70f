package dev.grapevine.sim;

import org.jspecify.annotations.Nullable;

/** The outcome of a command given to a machine; filled while the simulation runs. */
public final class Reply {
    private @Nullable Object result;
    private @Nullable String refusal;

    /** Whether the machine has answered or refused. */
    public boolean isDone() {
        return result != null || refusal != null;
    }

    /**
     * The answer.
     *
     * @throws IllegalStateException if there is none yet or the command was refused
     */
    public Object result() {
        if (result == null)
            throw new IllegalStateException(
                    refusal == null ? "the command is not answered yet" : "refused: " + refusal);
        return result;
    }

    /** Why the command was refused; null if it was not. */
    public @Nullable String refusal() {
        return refusal;
    }

    void answer(Object value) {
        if (!isDone()) result = value;
    }

    void refuse(String reason) {
        if (!isDone()) refusal = reason;
    }
}
