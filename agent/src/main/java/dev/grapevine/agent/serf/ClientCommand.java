package dev.grapevine.agent.serf;

import java.util.List;

/** One of the commands that talk to a running agent, or to nobody. */
interface ClientCommand {
    /** What is typed. */
    String name();

    /** What it does, in one line. */
    String synopsis();

    /** What {@code -help} prints, without a line end. */
    String usage();

    /** Runs it and returns the exit code: 0, or 1 whatever went wrong, as in the real program. */
    int run(List<String> args, ClientCall call);
}
