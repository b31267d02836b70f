package dev.grapevine.testkit;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes a failure small: fewer nodes first, then fewer faults, as long as the same thing fails at the same place. */
final class Shrinking {
    private static final int MOST_TRIES = 60;
    private static final long MOST_NANOS = 20_000_000_000L;

    /** Runs a test once more. */
    interface Runs {
        /** What it threw; null if nothing. */
        @Nullable
        Throwable run(Trial trial);

        /** The faults of the last run, left-out ones included. */
        List<String> faults();
    }

    private final Class<?> test;
    private final Runs runs;
    private final long began = System.nanoTime();
    private Trial smallest;
    private Throwable failure;
    private List<String> faults;
    private int tries;

    Shrinking(Class<?> test, Trial trial, Throwable failure, List<String> faults, Runs runs) {
        this.test = test;
        this.runs = runs;
        this.smallest = trial;
        this.failure = failure;
        this.faults = List.copyOf(faults);
    }

    /** Tries until nothing smaller fails, or for too long. */
    void run() {
        for (int step = smallest.nodes() / 2; step > 0; ) {
            if (smallest.nodes() - step >= 1 && isKept(smallest.with(smallest.nodes() - step))) {
                step = Math.min(step, smallest.nodes() / 2);
                continue;
            }
            step /= 2;
        }
        for (int fault = 0; fault < faults.size(); fault++)
            if (!smallest.without().contains(fault)) isKept(smallest.leavingOut(fault));
    }

    Trial smallest() {
        return smallest;
    }

    Throwable failure() {
        return failure;
    }

    List<String> faults() {
        return faults;
    }

    int tries() {
        return tries;
    }

    private boolean isKept(Trial trial) {
        if (tries >= MOST_TRIES || System.nanoTime() - began > MOST_NANOS) return false;
        tries++;
        Throwable thrown = runs.run(trial);
        if (thrown == null || thrown.getClass() != failure.getClass() || !Objects.equals(place(thrown), place(failure)))
            return false;
        smallest = trial;
        failure = thrown;
        faults = List.copyOf(runs.faults());
        return true;
    }

    /** The line of the test that failed. */
    private @Nullable String place(Throwable thrown) {
        for (StackTraceElement frame : thrown.getStackTrace())
            if (frame.getClassName().startsWith(test.getName()))
                return frame.getClassName() + ":" + frame.getLineNumber();
        return null;
    }
}
