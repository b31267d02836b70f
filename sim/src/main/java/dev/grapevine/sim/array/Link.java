package dev.grapevine.sim.array;

/**
 * What gets through.
 *
 * @param push    probability that a push arrives, {@code (0, 1]}
 * @param request probability that a request to be told arrives, {@code (0, 1]}
 * @param reply   probability that its answer arrives, {@code (0, 1]}
 */
public record Link(double push, double request, double reply) {
    /** Nothing is lost. */
    public static final Link PERFECT = new Link(1, 1, 1);

    /** Checks the ranges. */
    public Link {
        if (!(push > 0 && push <= 1 && request > 0 && request <= 1 && reply > 0 && reply <= 1))
            throw new IllegalArgumentException(
                    "success probabilities must be within (0, 1]: " + push + ", " + request + ", " + reply);
    }

    /**
     * Every one-way message is lost with this probability: a push crosses once, a pull twice.
     *
     * @throws IllegalArgumentException outside {@code [0, 1)}
     */
    public static Link losing(double loss) {
        if (!(loss >= 0 && loss < 1)) throw new IllegalArgumentException("loss must be within [0, 1), not " + loss);
        return new Link(1 - loss, 1 - loss, 1 - loss);
    }

    double pull() {
        return request * reply;
    }
}
