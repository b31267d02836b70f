package dev.grapevine.agent.replay;

import dev.grapevine.agent.ExitCode;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.MissingKeyException;
import dev.grapevine.recording.RecordingException;
import dev.grapevine.sim.replay.ClusterReplay;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code grapevine replay}. */
@Command(
        name = "replay",
        description = {
            "Gives a recorded node the same inputs again and compares every effect, byte for byte.",
            "Record with 'grapevine demo --record DIR', or with record(DIR) in a program."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every effect was the same (and the event of --break happened)",
            "1:the first difference is printed, or something is missing, or the event never happened",
            "2:wrong usage, or the recording is damaged"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  grapevine replay rec/node-3-1764100000000                  all of one node",
            "  grapevine replay rec/node-3-1764100000000 --break failed   to a death, and why",
            "  grapevine replay --cluster rec --until 2.5                 all nodes at 2.5 s"
        })
public final class ReplayCommand implements Callable<Integer> {
    private static final long CLOSING_NANOS = 250_000_000;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "The folder of a recording, or a file in it.")
    private @Nullable Path file;

    @Option(
            names = "--cluster",
            paramLabel = "DIR",
            description = "Replay all recordings in this directory and show the whole cluster.")
    private @Nullable Path cluster;

    @Option(
            names = "--until",
            paramLabel = "SECONDS",
            description = "Stop at this time of the node (with --cluster: of the cluster).")
    private @Nullable Double until;

    @Option(
            names = "--break",
            paramLabel = "EVENT",
            description = "Stop after the first such event, such as failed, failed:node-3 or rumor-received.")
    private @Nullable String breakAt;

    @Option(names = "--list", description = "Print every input and effect, one line each.")
    private boolean list;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "Keys of a sealed cluster: 32 bytes, or one key a line in hexadecimal or Base64.")
    private List<Path> keyFiles = new ArrayList<>();

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "With --cluster: write a page with all of it, to be moved through time.")
    private @Nullable Path html;

    @Option(names = "--json", description = "Print one JSON document instead.")
    private boolean json;

    /** Made by picocli. */
    public ReplayCommand() {}

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        if ((file == null) == (cluster == null)) throw wrong("name a recording, or --cluster and a directory of them");
        if (cluster == null && html != null) throw wrong("--html is for --cluster");
        if (cluster != null && (breakAt != null || list))
            throw wrong("--break and --list are for one node, not for --cluster");
        if (until != null && !(until >= 0)) throw wrong("--until must be 0 or more seconds, not " + until);
        if (list && json) throw wrong("--list prints lines for people: leave out --json");
        PrintWriter out = command.commandLine().getOut();
        long untilNanos = until == null ? Long.MAX_VALUE - 1 : (long) Math.min(until * 1e9, 9e18);
        try {
            KeyFinder keys = Keys.read(keyFiles);
            if (cluster != null) return cluster(cluster, keys, out);
            if (file == null) throw wrong("name a recording");
            NodeRun run = new NodeRun(file, keys, breakAt, list ? out::println : null);
            ReplayResult result = run.run(untilNanos);
            if (json) printJson(result, out);
            else new ReplayText(out).print(result);
            return exitCode(result);
        } catch (RecordingException | MissingKeyException bad) {
            String hint = bad instanceof MissingKeyException ? " (give it with --key-file)" : "";
            throw wrong(bad.getMessage() + hint);
        }
    }

    private int cluster(Path directory, KeyFinder keys, PrintWriter out) throws IOException {
        ClusterReplay replay = ClusterReplay.of(directory, keys);
        long atNanos = until == null ? lastFullView(replay) : (long) Math.min(until * 1e9, 9e18);
        ClusterResult result = ClusterResult.at(replay, atNanos);
        if (json) printJson(result, out);
        else new ClusterText(out).print(result);
        if (html != null) Files.writeString(html, ClusterPage.html(replay, result));
        return result.verdict().equals("same") ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** When the first of those stopped who were there at the end: nodes of one program are closed one after another. */
    private static long lastFullView(ClusterReplay replay) {
        long end = replay.endNanos();
        long first = end;
        for (ClusterReplay.Node node : replay.nodes())
            if (node.endNanos() >= end - CLOSING_NANOS) first = Math.min(first, node.endNanos());
        return first;
    }

    private int exitCode(ReplayResult result) {
        boolean good = result.verdict().equals("same") || result.verdict().equals("stopped");
        if (breakAt == null || result.brokeAt() != null) return good ? ExitCode.DONE : ExitCode.FAILED;
        Objects.requireNonNull(spec)
                .commandLine()
                .getErr()
                .println("no event called " + breakAt + " happened; these did: "
                        + result.events().keySet());
        return ExitCode.FAILED;
    }

    static void printJson(Object document, PrintWriter out) {
        out.println(JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .build()
                .writeValueAsString(document));
        out.flush();
    }

    private ParameterException wrong(@Nullable String what) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), String.valueOf(what));
    }
}
