package dev.grapevine.agent.serf;

import java.util.List;

/** {@code serf version}. */
final class VersionCommand implements ClientCommand {
    @Override
    public String name() {
        return "version";
    }

    @Override
    public String synopsis() {
        return "Print the version";
    }

    @Override
    public String usage() {
        return "Usage: grapevine serf version [--json]";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        if (!call.parse(this, args)) return ClientCall.FAILED;
        String version = dev.grapevine.agent.Version.text();
        return call.done(
                "Grapevine " + version + "\nAgent Protocol: 5 (Understands back to: 2)",
                "version",
                version,
                "protocol_max",
                5,
                "protocol_min",
                2);
    }
}
