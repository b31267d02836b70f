package dev.grapevine.testkit;

/** A seed for which a test fails, as small as it could be made; the message says how to have it again. */
public final class SeedFailure extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final long seed;

    SeedFailure(long seed, String message, Throwable cause) {
        super(message, cause);
        this.seed = seed;
    }

    /** The seed. */
    public long seed() {
        return seed;
    }
}
