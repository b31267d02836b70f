package dev.grapevine.agent.serf;

import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcCommand;
import dev.grapevine.serf.rpc.RpcErrors;
import dev.grapevine.serf.rpc.RpcHeader;
import dev.grapevine.serf.rpc.RpcReader;
import dev.grapevine.serf.rpc.RpcRequest;
import dev.grapevine.serf.rpc.RpcWriter;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an agent's RPC port, for one thread; only {@link #send} and {@link #close} may be called from others.
 * Answers have no time limit, since an agent may take long to leave or to ask all members; connecting has ten seconds.
 */
final class RpcClient implements AutoCloseable {
    private static final int CONNECT_MILLIS = 10_000;

    /** A connection that cannot be had or used; the message is what the real client says. */
    static final class RpcFailure extends UserError {
        private static final long serialVersionUID = 1;

        RpcFailure(String message) {
            super(message);
        }
    }

    /**
     * An answer or a record.
     *
     * @param body null if none follows
     */
    record Reply(long seq, String error, @Nullable RpcBody body) {}

    private final Socket socket;
    private final RpcInput in;
    private final Map<Long, RpcCommand> asked = new LinkedHashMap<>();
    private final Map<Long, RpcCommand> streams = new LinkedHashMap<>();
    private final MsgPackWriter out = new MsgPackWriter(Dialect.MODERN);
    private long lastSeq;

    private RpcClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new RpcInput(socket.getInputStream(), 256 << 20);
    }

    /** Connects, shakes hands and, if there is a key, shows it. */
    static RpcClient connect(String address, String authKey) throws RpcFailure {
        InetSocketAddress at = HostPort.parse(address, "dial tcp: ");
        Socket socket = new Socket();
        try {
            socket.connect(at, CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
            RpcClient client = new RpcClient(socket);
            client.ask(new RpcRequest.Handshake(1));
            if (!authKey.isEmpty()) client.ask(new RpcRequest.Auth(authKey));
            return client;
        } catch (IOException e) {
            closeQuietly(socket);
            throw new RpcFailure("dial tcp " + HostPort.text(at) + ": " + reason(e));
        } catch (RpcFailure e) {
            closeQuietly(socket);
            throw e;
        }
    }

    private static String reason(IOException e) {
        if (e instanceof SocketTimeoutException) return "i/o timeout";
        if (e instanceof ConnectException && String.valueOf(e.getMessage()).contains("refused"))
            return "connect: connection refused";
        return "connect: " + e.getMessage();
    }

    /** Asks and waits for the answer. Fails with the agent's error text if there is no body to return beside it. */
    @Nullable
    RpcBody ask(RpcRequest request) throws RpcFailure {
        Reply reply = exchange(request);
        if (!reply.error().isEmpty()) throw new RpcFailure(reply.error());
        return reply.body();
    }

    /** Asks and waits for the answer, whatever it says. */
    Reply exchange(RpcRequest request) throws RpcFailure {
        long seq = send(request);
        while (true) {
            Reply reply = next();
            if (reply.seq() == seq) return reply;
        }
    }

    /** Asks for a stream and waits until it is granted; returns the number that its records carry. */
    long open(RpcRequest request) throws RpcFailure {
        long seq = send(request);
        while (true) {
            Reply reply = next();
            if (reply.seq() != seq) continue;
            if (!reply.error().isEmpty()) throw new RpcFailure(reply.error());
            return seq;
        }
    }

    /** Sends a request and returns its number. */
    long send(RpcRequest request) throws RpcFailure {
        synchronized (out) {
            long seq = ++lastSeq;
            asked.put(seq, RpcCommand.of(request));
            RpcWriter.request(request, seq, out.clear());
            try {
                socket.getOutputStream().write(out.toBytes().array());
            } catch (IOException e) {
                throw new RpcFailure("client closed");
            }
            return seq;
        }
    }

    /** Waits for the next answer or record. */
    Reply next() throws RpcFailure {
        try {
            return in.next(this::read);
        } catch (IOException | MalformedMessageException e) {
            throw new RpcFailure("client closed");
        }
    }

    private Reply read(MsgPackReader reader) {
        RpcHeader.Response header = RpcReader.responseHeader(reader);
        synchronized (out) {
            RpcCommand stream = streams.get(header.seq());
            if (stream != null) return new Reply(header.seq(), header.error(), record(stream, reader));
            RpcCommand command = asked.get(header.seq());
            if (command == null) throw new MalformedMessageException("an answer to nothing", 0);
            RpcBody body = null;
            if (command.answersWithBody() && !header.error().equals(RpcErrors.AUTH_REQUIRED))
                body = RpcReader.answer(command, reader);
            boolean streaming =
                    command == RpcCommand.STREAM || command == RpcCommand.MONITOR || command == RpcCommand.QUERY;
            if (streaming && header.ok()) streams.put(header.seq(), command);
            return new Reply(header.seq(), header.error(), body);
        }
    }

    private static RpcBody record(RpcCommand stream, MsgPackReader reader) {
        return switch (stream) {
            case MONITOR -> RpcReader.log(reader);
            case QUERY -> RpcReader.queryRecord(reader);
            default -> RpcReader.event(reader);
        };
    }

    @Override
    public void close() {
        closeQuietly(socket);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // Nothing is lost: we are done with it.
        }
    }
}
