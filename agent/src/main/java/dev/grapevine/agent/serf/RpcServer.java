package dev.grapevine.agent.serf;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/** Listens on the RPC port and gives each client a {@link RpcSession} on a virtual thread of its own. */
final class RpcServer implements AutoCloseable {
    private static final int MAX_CLIENTS = 256;

    private final SerfAgent agent;
    private final String authKey;
    private final Supplier<List<EventScript>> scripts;
    private final ScheduledExecutorService timer;
    private final ServerSocket listener;
    private final Set<RpcSession> sessions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private RpcServer(
            SerfAgent agent,
            String authKey,
            Supplier<List<EventScript>> scripts,
            ScheduledExecutorService timer,
            ServerSocket listener) {
        this.agent = agent;
        this.authKey = authKey;
        this.scripts = scripts;
        this.timer = timer;
        this.listener = listener;
    }

    /**
     * Starts to listen.
     *
     * @param authKey what clients must show; empty for nothing
     * @param scripts the event handlers, for the figures
     * @throws IOException if the port cannot be had
     */
    static RpcServer start(
            InetSocketAddress at,
            SerfAgent agent,
            String authKey,
            Supplier<List<EventScript>> scripts,
            ScheduledExecutorService timer)
            throws IOException {
        ServerSocket listener = new ServerSocket();
        try {
            listener.setReuseAddress(true);
            listener.bind(at, 128);
        } catch (IOException taken) {
            listener.close();
            throw taken;
        }
        RpcServer server = new RpcServer(agent, authKey, scripts, timer, listener);
        Thread.ofVirtual().name("rpc-accept").start(server::listen);
        return server;
    }

    /** The port that was picked, if none was asked for. */
    int port() {
        return listener.getLocalPort();
    }

    private void listen() {
        while (!closed) {
            try {
                serve(listener.accept());
            } catch (IOException failed) {
                if (closed) return;
                agent.log().error("agent.ipc: Failed to accept client: " + failed.getMessage());
                // Out of file descriptors, most likely: do not spin until one is free.
                java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
            }
        }
    }

    private void serve(Socket socket) throws IOException {
        if (sessions.size() >= MAX_CLIENTS) {
            agent.log().warn("agent.ipc: refused a client: " + MAX_CLIENTS + " are connected");
            socket.close();
            return;
        }
        RpcSession session = new RpcSession(socket, agent, authKey, scripts, timer);
        agent.count("agent.ipc.accept");
        agent.log().info("agent.ipc: Accepted client: " + session.peer());
        sessions.add(session);
        Thread.ofVirtual().name("rpc-" + session.peer()).start(() -> {
            try {
                session.run();
            } finally {
                sessions.remove(session);
            }
        });
    }

    @Override
    public void close() {
        closed = true;
        try {
            listener.close();
        } catch (IOException failed) {
            agent.log().warn("agent.ipc: closing: " + failed.getMessage());
        }
        for (RpcSession session : sessions) session.close();
    }
}
