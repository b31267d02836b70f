package dev.grapevine.sim.array;

/**
 * When a node loses interest in a rumor (Demers et al., PODC 1987, §1.4).
 *
 * @param feedback whether only calls that told nobody anything count, else all do
 * @param counter  whether {@code limit} of them in a row end the interest, else each does with probability 1/limit
 * @param limit    the k of the paper, 1 to 1000
 */
public record Rumor(boolean feedback, boolean counter, int limit) {
    /** Checks the range. */
    public Rumor {
        if (limit < 1 || limit > 1000) throw new IllegalArgumentException("k must be within 1 to 1000, not " + limit);
    }

    /**
     * The variant of that name, such as {@code feedback-counter:3}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Rumor of(String name) {
        int colon = name.indexOf(':');
        String kind = colon < 0 ? name : name.substring(0, colon);
        int limit;
        try {
            limit = Integer.parseInt(colon < 0 ? "" : name.substring(colon + 1));
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException(
                    "rumor '" + name + "' needs a number k after a colon, as in blind-coin:2");
        }
        return switch (kind) {
            case "feedback-counter" -> new Rumor(true, true, limit);
            case "feedback-coin" -> new Rumor(true, false, limit);
            case "blind-counter" -> new Rumor(false, true, limit);
            case "blind-coin" -> new Rumor(false, false, limit);
            default ->
                throw new IllegalArgumentException("unknown rumor variant '" + kind
                        + "': feedback-counter, feedback-coin, blind-counter or blind-coin");
        };
    }

    /** The name on the command line and in reports. */
    public String word() {
        return (feedback ? "feedback-" : "blind-") + (counter ? "counter:" : "coin:") + limit;
    }
}
