package dev.grapevine.runtime;

/**
 * Where to announce the counters of nodes, for a metrics library of your choice: counters are pulled, so that they cost
 * nothing until somebody looks. Called off the loop; may block.
 */
public interface Metrics {
    /** Announces nothing. */
    Metrics NONE = new Metrics() {
        @Override
        public void started(String name, Counters counters) {}

        @Override
        public void stopped(String name) {}
    };

    /** A machine called {@code name} runs; {@code counters} may be read from any thread from now on. */
    void started(String name, Counters counters);

    /** The machine called {@code name} is gone; its counters no longer change. */
    void stopped(String name);
}
