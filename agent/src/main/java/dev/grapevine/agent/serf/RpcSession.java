package dev.grapevine.agent.serf;

import dev.grapevine.coordinates.Coordinate;
import dev.grapevine.serf.Re2;
import dev.grapevine.serf.SerfCommand;
import dev.grapevine.serf.SerfMember;
import dev.grapevine.serf.memberlist.Versions;
import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcCommand;
import dev.grapevine.serf.rpc.RpcErrors;
import dev.grapevine.serf.rpc.RpcHeader;
import dev.grapevine.serf.rpc.RpcMember;
import dev.grapevine.serf.rpc.RpcReader;
import dev.grapevine.serf.rpc.RpcRequest;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One client of the RPC port: its requests are carried out one after another, as in the real agent. */
final class RpcSession {
    private static final int MAX_REQUEST_BYTES = 256 << 10;
    private static final int HANDSHAKE_MILLIS = 10_000;

    private final Socket socket;
    private final String peer;
    private final SerfAgent agent;
    private final String authKey;
    private final Supplier<List<EventScript>> scripts;
    private final RpcOutput out;
    private final RpcStreams streams;
    private boolean shaken;
    private boolean authenticated;

    RpcSession(
            Socket socket,
            SerfAgent agent,
            String authKey,
            Supplier<List<EventScript>> scripts,
            ScheduledExecutorService timer)
            throws IOException {
        this.socket = socket;
        this.peer = socket.getInetAddress().getHostAddress() + ":" + socket.getPort();
        this.agent = agent;
        this.authKey = authKey;
        this.scripts = scripts;
        socket.setTcpNoDelay(true);
        this.out = new RpcOutput(socket.getOutputStream());
        this.streams = new RpcStreams(agent, out, "ipc.client: " + peer, timer);
    }

    String peer() {
        return peer;
    }

    /** Serves the client until it goes, or misbehaves. */
    void run() {
        try {
            socket.setSoTimeout(HANDSHAKE_MILLIS);
            RpcInput in = new RpcInput(socket.getInputStream(), MAX_REQUEST_BYTES);
            boolean more = true;
            while (more) {
                RpcHeader.Request header = in.next(RpcReader::requestHeader);
                more = serve(header, in);
            }
        } catch (EOFException gone) {
            // in order
        } catch (IOException | MalformedMessageException failed) {
            if (!socket.isClosed())
                agent.log().error("agent.ipc: failed to decode request header: " + failed.getMessage());
        } catch (RuntimeException failed) {
            agent.log().error("agent.ipc: Failed to evaluate request: " + failed);
        } finally {
            streams.close();
            close();
        }
    }

    /** Carries out one request; false if the connection must end. */
    private boolean serve(RpcHeader.Request header, RpcInput in) throws IOException {
        long seq = header.seq();
        RpcCommand command = RpcCommand.named(header.command());
        if (!shaken && command != RpcCommand.HANDSHAKE) {
            out.send(RpcErrors.HANDSHAKE_REQUIRED, seq, null);
            agent.log().error("agent.ipc: Failed to evaluate request: " + RpcErrors.HANDSHAKE_REQUIRED);
            return false;
        }
        if (command == null) {
            boolean locked = !authKey.isEmpty() && !authenticated;
            out.send(locked ? RpcErrors.AUTH_REQUIRED : RpcErrors.UNSUPPORTED_COMMAND, seq, null);
            agent.log()
                    .error("agent.ipc: Failed to evaluate request: command '" + header.command() + "' not recognized");
            return false;
        }
        RpcRequest request = in.next(reader -> RpcReader.request(command, reader));
        agent.count("agent.ipc.command");
        if (!authKey.isEmpty() && !authenticated && command != RpcCommand.HANDSHAKE && command != RpcCommand.AUTH) {
            agent.log().warn("agent.ipc: Client sending commands before auth");
            out.send(RpcErrors.AUTH_REQUIRED, seq, null);
            return true;
        }
        carryOut(request, seq);
        return !(request instanceof RpcRequest.Leave);
    }

    private void carryOut(RpcRequest request, long seq) throws IOException {
        switch (request) {
            case RpcRequest.Handshake handshake -> out.send(handshake(handshake.version()), seq, null);
            case RpcRequest.Auth auth -> out.send(authenticate(auth.authKey()), seq, null);
            case RpcRequest.Event event ->
                attempt(seq, () -> agent.userEvent(event.name(), event.payload(), event.coalesce()));
            case RpcRequest.ForceLeave leave -> attempt(seq, () -> agent.forceLeave(leave.node(), leave.prune()));
            case RpcRequest.Join join -> join(join, seq);
            case RpcRequest.Members ignored -> out.send("", seq, new RpcBody.Members(rpcMembers(agent.members())));
            case RpcRequest.MembersFiltered filter -> membersFiltered(filter, seq);
            case RpcRequest.Tags tags ->
                attempt(seq, () -> agent.updateTags(orEmpty(tags.tags()), orEmpty(tags.deleteTags())));
            case RpcRequest.Stream stream -> streams.stream(stream.type(), seq);
            case RpcRequest.Monitor monitor -> streams.monitor(monitor.logLevel(), seq);
            case RpcRequest.Stop stop -> {
                streams.stop(stop.stop());
                out.send("", seq, null);
            }
            case RpcRequest.Leave ignored -> leave(seq);
            case RpcRequest.Query query -> streams.query(query, seq);
            case RpcRequest.Respond respond -> out.send(streams.respond(respond.id(), respond.payload()), seq, null);
            case RpcRequest.InstallKey key ->
                changeKey(seq, "key installation", key.key(), SerfCommand.InstallKey::new);
            case RpcRequest.UseKey key -> changeKey(seq, "primary key change", key.key(), SerfCommand.UseKey::new);
            case RpcRequest.RemoveKey key -> changeKey(seq, "key removal", key.key(), SerfCommand.RemoveKey::new);
            case RpcRequest.ListKeys ignored -> listKeys(seq);
            case RpcRequest.Stats ignored -> out.send("", seq, new RpcBody.Stats(agent.stats(scripts.get())));
            case RpcRequest.GetCoordinate get -> coordinate(get.node(), seq);
        }
    }

    private String handshake(long version) throws IOException {
        if (version != 1) return RpcErrors.UNSUPPORTED_VERSION;
        if (shaken) return RpcErrors.DUPLICATE_HANDSHAKE;
        shaken = true;
        socket.setSoTimeout(0); // clients may wait for events for as long as they like
        return "";
    }

    private String authenticate(String key) {
        // In constant time, so that the key cannot be guessed letter by letter.
        authenticated =
                MessageDigest.isEqual(key.getBytes(StandardCharsets.UTF_8), authKey.getBytes(StandardCharsets.UTF_8));
        return authenticated ? "" : RpcErrors.INVALID_AUTH_TOKEN;
    }

    private interface Attempt {
        void run() throws SerfAgent.AgentException;
    }

    private void attempt(long seq, Attempt attempt) throws IOException {
        String error = "";
        try {
            attempt.run();
        } catch (SerfAgent.AgentException failed) {
            error = failed.why();
        }
        out.send(error, seq, null);
    }

    private void join(RpcRequest.Join join, long seq) throws IOException {
        try {
            out.send("", seq, new RpcBody.Joined(agent.join(orEmpty(join.existing()), join.replay())));
        } catch (SerfAgent.AgentException failed) {
            out.send(failed.why(), seq, new RpcBody.Joined(0));
        }
    }

    private void leave(long seq) throws IOException {
        agent.log().info("agent.ipc: Graceful leave triggered");
        String error = "";
        try {
            agent.leave();
        } catch (SerfAgent.AgentException failed) {
            error = failed.why();
            agent.log().error("agent.ipc: leave failed: " + error);
        }
        try {
            out.send(error, seq, null);
        } finally {
            agent.close();
        }
    }

    private void membersFiltered(RpcRequest.MembersFiltered filter, long seq) throws IOException {
        List<SerfMember> passed = new ArrayList<>();
        String error = "";
        try {
            Map<String, Re2> tags = new LinkedHashMap<>();
            orEmpty(filter.tags()).forEach((tag, expression) -> tags.put(tag, anchored(expression)));
            Re2 status = anchored(filter.status());
            Re2 name = anchored(filter.name());
            for (SerfMember member : agent.members()) {
                boolean fits =
                        filter.status().isEmpty() || status.find(member.status().word());
                fits &= filter.name().isEmpty() || name.find(member.name());
                for (Map.Entry<String, Re2> tag : tags.entrySet())
                    fits = fits && tag.getValue().find(member.tags().getOrDefault(tag.getKey(), ""));
                if (fits) passed.add(member);
            }
        } catch (IllegalArgumentException wrong) {
            error = "Failed to compile regex: " + wrong.getMessage();
        }
        // The real agent drops the connection over a bad expression; an error says more.
        if (!error.isEmpty()) passed.clear();
        out.send(error, seq, new RpcBody.Members(rpcMembers(passed)));
    }

    // As the real agent does it, so that alternatives bind the same way: ^a|b$.
    private static Re2 anchored(String expression) {
        return new Re2("^" + expression + "$");
    }

    private void changeKey(long seq, String doing, String key, Function<Bytes, SerfCommand> command)
            throws IOException {
        Bytes decoded;
        try {
            decoded = GoBase64.decode(key);
        } catch (IllegalArgumentException wrong) {
            agent.log().info("agent: Initiating " + doing);
            out.send(String.valueOf(wrong.getMessage()), seq, new RpcBody.Keys(Map.of(), null, 0, 0, 0));
            return;
        }
        askKeys(seq, doing, command.apply(decoded), false);
    }

    private void listKeys(long seq) throws IOException {
        askKeys(seq, "key listing", new SerfCommand.ListKeys(), true);
    }

    private void askKeys(long seq, String doing, SerfCommand command, boolean withKeys) throws IOException {
        try {
            SerfCommand.KeyResult result = agent.keys(doing, command);
            Map<String, Long> keys = null;
            if (withKeys) {
                keys = new LinkedHashMap<>();
                for (Map.Entry<String, Integer> key : result.keys().entrySet())
                    keys.put(key.getKey(), (long) key.getValue());
            }
            var body = new RpcBody.Keys(result.messages(), keys, result.numNodes(), result.numErr(), result.numResp());
            out.send(Objects.requireNonNullElse(result.error(), ""), seq, body);
        } catch (SerfAgent.AgentException failed) {
            out.send(failed.why(), seq, new RpcBody.Keys(Map.of(), withKeys ? Map.of() : null, 0, 0, 0));
        }
    }

    private void coordinate(String name, long seq) throws IOException {
        RpcBody.Coordinate answer = RpcBody.Coordinate.UNKNOWN;
        Coordinate place = agent.node()
                .command(new SerfCommand.GetCoordinate(name), SerfCommand.Located.class)
                .join()
                .coordinate();
        if (place != null) {
            List<Double> vec = new ArrayList<>();
            for (double axis : place.vec()) vec.add(axis);
            answer = new RpcBody.Coordinate(place.adjustment(), place.error(), place.height(), vec, true);
        }
        out.send("", seq, answer);
    }

    /** Members as the RPC shows them. */
    static List<RpcMember> rpcMembers(List<SerfMember> members) {
        List<RpcMember> shown = new ArrayList<>();
        for (SerfMember member : members) {
            Versions v = member.versions();
            shown.add(new RpcMember(
                    member.name(),
                    member.address().ip(),
                    member.address().port(),
                    member.tags(),
                    member.status().word(),
                    v.protocolMin(),
                    v.protocolMax(),
                    v.protocolCur(),
                    v.delegateMin(),
                    v.delegateMax(),
                    v.delegateCur()));
        }
        return shown;
    }

    private static <V> Map<String, V> orEmpty(@Nullable Map<String, V> map) {
        return map == null ? Map.of() : map;
    }

    private static <V> List<V> orEmpty(@Nullable List<V> list) {
        return list == null ? List.of() : list;
    }

    void close() {
        try {
            socket.close();
        } catch (IOException failed) {
            agent.log().debug("agent.ipc: closing " + peer + ": " + failed.getMessage());
        }
    }
}
