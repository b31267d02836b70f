package dev.grapevine.agent.serf;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** {@code grapevine serf …}: the agent and the client commands, found by name as in the real program. */
public final class SerfCli {
    private static final int NO_SUCH_COMMAND = 127;

    private static final List<ClientCommand> COMMANDS = List.of(
            new AgentCommand(),
            new EventCommand(),
            new ForceLeaveCommand(),
            new InfoCommand(),
            new JoinCommand(),
            new KeygenCommand(),
            new KeysCommand(),
            new LeaveCommand(),
            new MembersCommand(),
            new MonitorCommand(),
            new QueryCommand(),
            new ReachabilityCommand(),
            new RttCommand(),
            new TagsCommand(),
            new VersionCommand());

    private SerfCli() {}

    /**
     * Runs one command line, without the leading {@code serf}.
     *
     * @param environment {@code SERF_RPC_ADDR} and {@code SERF_RPC_AUTH} are looked up there
     * @return the real program's exit code: 0 done, 1 failed or wrong usage, 127 no such command
     */
    public static int run(PrintWriter out, PrintWriter err, Map<String, String> environment, List<String> args) {
        if (args.contains("-v") || args.contains("-version") || args.contains("--version"))
            return new VersionCommand().run(List.of(), new ClientCall(out, err, environment));
        int at = 0;
        while (at < args.size() && args.get(at).startsWith("-")) at++;
        ClientCommand command = at == args.size() ? null : named(args.get(at));
        boolean help = args.contains("-h") || args.contains("-help") || args.contains("--help");
        if (command == null || help) {
            err.println(command == null ? overview() : command.usage());
            err.flush();
            return help ? ClientCall.DONE : NO_SUCH_COMMAND;
        }
        return command.run(args.subList(at + 1, args.size()), new ClientCall(out, err, environment));
    }

    private static @org.jspecify.annotations.Nullable ClientCommand named(String name) {
        for (ClientCommand command : COMMANDS) if (command.name().equals(name)) return command;
        return null;
    }

    private static String overview() {
        StringBuilder text = new StringBuilder("Usage: grapevine serf [--version] [--help] <command> [<args>]\n\n");
        text.append("Commands:\n");
        for (ClientCommand command : COMMANDS)
            text.append(String.format("    %-16s%s\n", command.name(), command.synopsis()));
        return text.toString();
    }
}
