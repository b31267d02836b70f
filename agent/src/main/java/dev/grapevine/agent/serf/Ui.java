package dev.grapevine.agent.serf;

import java.io.PrintWriter;

/** The three kinds of lines that the real program prints, all of them on standard output, with their prefixes. */
final class Ui {
    private final PrintWriter out;
    private final String outputPrefix;
    private final String infoPrefix;
    private final String errorPrefix;

    private Ui(PrintWriter out, String outputPrefix, String infoPrefix, String errorPrefix) {
        this.out = out;
        this.outputPrefix = outputPrefix;
        this.infoPrefix = infoPrefix;
        this.errorPrefix = errorPrefix;
    }

    /** As the client commands print. */
    static Ui plain(PrintWriter out) {
        return new Ui(out, "", "", "");
    }

    /** As {@code serf agent} prints. */
    static Ui agent(PrintWriter out) {
        return new Ui(out, "==> ", "    ", "==> ");
    }

    /** As {@code serf keys} prints. */
    static Ui keys(PrintWriter out) {
        return new Ui(out, "", "==> ", "");
    }

    void output(String line) {
        print(outputPrefix, line);
    }

    void info(String line) {
        print(infoPrefix, line);
    }

    void error(String line) {
        print(errorPrefix, line);
    }

    private synchronized void print(String prefix, String line) {
        if (!line.isEmpty()) out.print(prefix);
        out.println(line);
        out.flush();
    }
}
