package dev.grapevine.agent.serf;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Map;

/** The program when its first word is {@code serf}: it reads flags as Go programs do, and starts without picocli. */
public final class SerfMain {
    private SerfMain() {}

    /**
     * Runs the program and ends the process with its exit code.
     *
     * @param args what follows {@code serf}
     */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, charsetOf("stdout.encoding"));
        PrintWriter err = new PrintWriter(System.err, true, charsetOf("stderr.encoding"));
        System.exit(run(out, err, System.getenv(), List.of(args)));
    }

    static int run(PrintWriter out, PrintWriter err, Map<String, String> environment, List<String> args) {
        return SerfCli.run(out, err, environment, args);
    }

    private static Charset charsetOf(String property) {
        return Charset.forName(System.getProperty(property), Charset.defaultCharset());
    }
}
