package dev.grapevine.sim.array;

/** In which direction a contact carries news (Demers et al., PODC 1987, §1.3). */
public enum Exchange {
    /** The caller tells. */
    PUSH("push"),
    /** The caller asks. */
    PULL("pull"),
    /** Both. */
    PUSH_PULL("push-pull");

    private final String word;

    Exchange(String word) {
        this.word = word;
    }

    boolean pushes() {
        return this != PULL;
    }

    boolean pulls() {
        return this != PUSH;
    }

    /** The name on the command line and in reports. */
    public String word() {
        return word;
    }

    /**
     * The exchange of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Exchange of(String word) {
        for (Exchange exchange : values()) {
            if (exchange.word.equals(word)) return exchange;
        }
        throw new IllegalArgumentException("unknown exchange '" + word + "': push, pull or push-pull");
    }
}
