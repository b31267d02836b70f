package dev.grapevine.recording;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a machine did about one input.
 *
 * @param effects the hash of each effect, in order: its kind and every value and byte in it
 * @param nextDeadlineNanos what {@link dev.grapevine.core.Machine#nextDeadlineNanos} said afterwards
 * @param thrown the class of the exception that came instead of effects; null if none did
 */
public record Outcome(
        long[] effects, long nextDeadlineNanos, @Nullable String thrown) {
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Outcome outcome
                && Arrays.equals(effects, outcome.effects)
                && nextDeadlineNanos == outcome.nextDeadlineNanos
                && java.util.Objects.equals(thrown, outcome.thrown);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(effects) * 31 + Long.hashCode(nextDeadlineNanos);
    }
}
