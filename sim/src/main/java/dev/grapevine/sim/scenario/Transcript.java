package dev.grapevine.sim.scenario;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.sim.Drop;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Observer;
import java.util.Locale;
import java.util.function.Consumer;

/** Writes what happens as lines of text, one an event: the time in seconds, the node, and what it got, did or found. */
public final class Transcript implements Observer {
    private final Consumer<String> lines;
    private final int onlyHost;

    /**
     * @param lines takes each line
     * @param onlyHost the host whose events are wanted; -1 for all
     */
    public Transcript(Consumer<String> lines, int onlyHost) {
        this.lines = lines;
        this.onlyHost = onlyHost;
    }

    @Override
    public void handling(long atNanos, Host host, Input input) {
        switch (input) {
            case Input.Datagram(Address from, var packet) ->
                line(atNanos, host, "got " + packet.remaining() + " bytes from " + from);
            case Input.StreamAccepted(long stream, Address from) ->
                line(atNanos, host, "stream " + stream + " from " + from);
            case Input.StreamConnected(long stream) -> line(atNanos, host, "stream " + stream + " is up");
            case Input.StreamBytes(long stream, var bytes) ->
                line(atNanos, host, "stream " + stream + " brings " + bytes.remaining() + " bytes");
            case Input.StreamClosed(long stream, var reason) ->
                line(atNanos, host, "stream " + stream + " closed: " + reason);
            case Input.Commanded(long id, var command) ->
                line(atNanos, host, "asked to " + command.getClass().getSimpleName());
            case Input.Paused(long lost) -> line(atNanos, host, "slept %.3f s".formatted(lost / 1e9));
            case Input.Resolved(String name, int port, var addresses) ->
                line(atNanos, host, name + " resolved to " + addresses);
            case Input.Tick tick -> {}
            case Input.WallClock clock -> {}
            case Input.StreamDrained drained -> {}
            case Input.StreamEnded ended -> {}
        }
    }

    @Override
    public void performing(long atNanos, Host host, Effect effect) {
        switch (effect) {
            case Effect.SendDatagram(Address to, var packet) ->
                line(atNanos, host, "sends " + packet.remaining() + " bytes to " + to);
            case Effect.OpenStream(long stream, Address to, long timeout) ->
                line(atNanos, host, "opens stream " + stream + " to " + to);
            case Effect.Publish(Event event) -> line(atNanos, host, "* " + describe(event));
            case Effect.Refuse(long id, String reason) -> line(atNanos, host, "refuses: " + reason);
            default -> {} // what is written to streams shows where it arrives
        }
    }

    @Override
    public void dropped(long atNanos, Host from, Address to, int sizeBytes, Drop why) {
        line(atNanos, from, "loses " + sizeBytes + " bytes to " + to + ": " + why);
    }

    @Override
    public void happened(long atNanos, Host host, String what) {
        line(atNanos, host, "! " + what);
    }

    private void line(long atNanos, Host host, String what) {
        if (onlyHost >= 0 && host.index() != onlyHost) return;
        lines.accept(String.format(Locale.ROOT, "%12.6f %-6s %s", atNanos / 1e9, Nodes.name(host.index()), what));
    }

    private static String describe(Event event) {
        return switch (event) {
            case MembershipEvent.MemberChanged(var kind, Member member, var before, var evidence) ->
                member.name() + " " + kind.name().toLowerCase(Locale.ROOT) + ", incarnation " + member.incarnation()
                        + ", told by " + (evidence.toldBy() == null ? "itself" : evidence.toldBy()) + ", accuser "
                        + evidence.accuser() + ", confirmed by " + evidence.confirmers() + ": " + evidence.note();
            case NodeEvent.RumorReceived rumor ->
                "heard " + rumor.key() + " of " + rumor.origin() + " from " + rumor.from() + " after " + rumor.hops()
                        + " hops";
            case NodeEvent.Remember(var addresses) -> "remembers " + addresses.size() + " addresses";
            default -> event.toString();
        };
    }
}
