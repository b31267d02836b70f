package dev.grapevine.sim.array;

/** When nodes call. The figures differ by the clock, so every result names its own. */
public enum Clock {
    /** All at once, each acting on what it knew when the round began. */
    SYNCHRONOUS("synchronous"),
    /** Each at the ticks of its own Poisson process of rate one per period; contacts take no time. */
    POISSON("poisson"),
    /** Each once a period, at a phase of its own drawn uniformly and kept; contacts take no time. */
    PERIODIC("periodic");

    private final String word;

    Clock(String word) {
        this.word = word;
    }

    /** The name on the command line and in reports. */
    public String word() {
        return word;
    }

    /**
     * The clock of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Clock of(String word) {
        for (Clock clock : values()) {
            if (clock.word.equals(word)) return clock;
        }
        throw new IllegalArgumentException("unknown clock '" + word + "': synchronous, poisson or periodic");
    }
}
