package dev.grapevine.agent.serf;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * One run of a client command: where it prints, and the flags that all share. With {@code --json} it prints one JSON
 * document instead of text, also for an error: {@code {"error": …}}.
 */
final class ClientCall {
    static final int DONE = 0;
    static final int FAILED = 1;

    private static final String DEFAULT_ADDRESS = "127.0.0.1:7373";

    final GoFlags flags = new GoFlags();
    private final PrintWriter out;
    private final PrintWriter err;
    private Ui ui;

    /** Prints to {@code out}, and complaints about flags to {@code err}. */
    ClientCall(PrintWriter out, PrintWriter err, Map<String, String> environment) {
        this.out = out;
        this.err = err;
        this.ui = Ui.plain(out);
        String address = environment.getOrDefault("SERF_RPC_ADDR", "");
        flags.text("rpc-addr", address.isEmpty() ? DEFAULT_ADDRESS : address);
        flags.text("rpc-auth", environment.getOrDefault("SERF_RPC_AUTH", ""));
        flags.bool("json", false);
    }

    PrintWriter out() {
        return out;
    }

    Ui ui() {
        return ui;
    }

    void useKeysPrefixes() {
        ui = Ui.keys(out);
    }

    /** Reads the flags; false, with usage printed, if they are wrong. */
    boolean parse(ClientCommand command, List<String> args) {
        try {
            flags.parse(args);
            return true;
        } catch (GoFlags.BadFlagException wrong) {
            if (!wrong.helpAsked()) complain(wrong.why());
            ui.output(command.usage());
            return false;
        }
    }

    /** Says on standard error what is wrong with the flags. */
    void complain(String why) {
        err.println(why);
        err.flush();
    }

    boolean json() {
        return flags.bool("json");
    }

    /** Complains and returns {@link #FAILED}. */
    int fail(String why) {
        if (json()) ui.output(GoJson.of(Map.of("error", why)));
        else ui.error(why);
        return FAILED;
    }

    /** Complains about what was typed, with the usage, and returns {@link #FAILED}. */
    int misused(ClientCommand command, String why) {
        if (json()) return fail(why);
        ui.error(why);
        ui.error("");
        ui.error(command.usage());
        return FAILED;
    }

    /** Prints the text, or the named values ({@code name, value, name, value …}) as JSON, and returns {@link #DONE}. */
    int done(@Nullable String text, @Nullable Object... namedValues) {
        if (json()) {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            for (int i = 0; i < namedValues.length; i += 2) values.put((String) namedValues[i], namedValues[i + 1]);
            ui.output(GoJson.of(values));
        } else if (text != null) {
            ui.output(text);
        }
        return DONE;
    }

    /** Connects to the agent; null, with the complaint printed, if that fails. */
    @Nullable
    RpcClient connect() {
        try {
            return RpcClient.connect(flags.text("rpc-addr"), flags.text("rpc-auth"));
        } catch (RpcClient.RpcFailure failure) {
            fail("Error connecting to Serf agent: " + failure.why());
            return null;
        }
    }

    /** A latch that an interrupt (SIGINT) opens instead of ending the process. */
    static CountDownLatch interrupts(Runnable then) {
        CountDownLatch latch = new CountDownLatch(1);
        Signals.on("INT", () -> {
            latch.countDown();
            then.run();
        });
        return latch;
    }

    /** Tags from {@code key=value} texts. */
    static Map<String, String> tags(List<String> pairs) throws RpcClient.RpcFailure {
        Map<String, String> tags = new LinkedHashMap<>();
        for (String pair : pairs) {
            int equals = pair.indexOf('=');
            if (equals < 1) throw new RpcClient.RpcFailure("Invalid tag: '" + pair + "'");
            tags.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return tags;
    }
}
