package dev.grapevine.agent;

/** How a command of the program ends. */
public final class ExitCode {
    /** It did what it was asked to. */
    public static final int DONE = 0;

    /** It tried and failed. */
    public static final int FAILED = 1;

    /** It was called wrongly and did nothing. */
    public static final int WRONG_USAGE = 2;

    private ExitCode() {}
}
