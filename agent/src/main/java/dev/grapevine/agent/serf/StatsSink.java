package dev.grapevine.agent.serf;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sends figures as lines {@code name:value|type} to a statsd (datagrams of up to 1,400 bytes) or a statsite (one TCP
 * connection, opened again when it breaks), every tenth of a second if there are any. Up to 4,096 lines wait; more are
 * lost. Source: armon/go-metrics, statsd.go and statsite.go.
 */
final class StatsSink implements AutoCloseable {
    /** What kind of figure a line is. */
    enum Type {
        GAUGE("g"),
        COUNTER("c"),
        SAMPLE("ms");

        private final String letters;

        Type(String letters) {
            this.letters = letters;
        }
    }

    private static final int MAX_WAITING = 4_096;
    private static final int MAX_PACKET_BYTES = 1_400;
    private static final long FLUSH_MILLIS = 100;
    private static final int CONNECT_MILLIS = 5_000;

    private final InetSocketAddress to;
    private final boolean stream;
    private final AgentLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final ArrayDeque<String> waiting = new ArrayDeque<>();
    private final Thread thread;
    private @Nullable Socket connection;

    private StatsSink(InetSocketAddress to, boolean stream, AgentLog log) {
        this.to = to;
        this.stream = stream;
        this.log = log;
        this.thread = Thread.ofVirtual().name("stats").unstarted(this::run);
    }

    /** Datagrams to a statsd. */
    static StatsSink statsd(InetSocketAddress to, AgentLog log) {
        return started(new StatsSink(to, false, log));
    }

    /** A stream to a statsite. */
    static StatsSink statsite(InetSocketAddress to, AgentLog log) {
        return started(new StatsSink(to, true, log));
    }

    private static StatsSink started(StatsSink sink) {
        sink.thread.start();
        return sink;
    }

    /** Adds a figure; never blocks. */
    void add(String name, double value, Type type) {
        String line = name.replace(':', '_').replace(' ', '_') + ":" + String.format(Locale.ROOT, "%f", value) + "|"
                + type.letters + "\n";
        lock.lock();
        try {
            if (waiting.size() >= MAX_WAITING) return;
            waiting.add(line);
            filled.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(FLUSH_MILLIS);
                flush(take());
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for lines; as many as one packet holds. */
    private ArrayDeque<byte[]> take() throws InterruptedException {
        ArrayDeque<byte[]> packets = new ArrayDeque<>();
        lock.lock();
        try {
            while (waiting.isEmpty()) filled.await();
            StringBuilder packet = new StringBuilder();
            for (String line; (line = waiting.poll()) != null; ) {
                if (packet.length() > 0 && packet.length() + line.length() > MAX_PACKET_BYTES) {
                    packets.add(packet.toString().getBytes(StandardCharsets.UTF_8));
                    packet.setLength(0);
                }
                packet.append(line);
            }
            packets.add(packet.toString().getBytes(StandardCharsets.UTF_8));
        } finally {
            lock.unlock();
        }
        return packets;
    }

    private void flush(ArrayDeque<byte[]> packets) {
        try {
            if (stream) {
                Socket open = connected();
                for (byte[] packet : packets) open.getOutputStream().write(packet);
            } else
                try (DatagramSocket socket = new DatagramSocket()) {
                    for (byte[] packet : packets) socket.send(new DatagramPacket(packet, packet.length, to));
                }
        } catch (IOException gone) {
            log.debug("agent: Error sending metrics to " + to + ": " + gone.getMessage());
            disconnect();
        }
    }

    private Socket connected() throws IOException {
        Socket open = connection;
        if (open != null) return open;
        open = new Socket();
        connection = open;
        open.connect(to, CONNECT_MILLIS);
        return open;
    }

    private void disconnect() {
        Socket open = connection;
        connection = null;
        if (open == null) return;
        try {
            open.close();
        } catch (IOException closed) {
            log.debug("agent: " + closed.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        disconnect();
    }
}
