package dev.grapevine.agent.serf;

import dev.grapevine.core.Address;
import dev.grapevine.serf.msgpack.Bytes;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds members of a cluster on the local network by multicast DNS, and lets itself be found: service
 * {@code _serf_<cluster>._tcp}. IPv4 only. Source: hashicorp/serf, cmd/serf/command/agent/mdns.go, and RFC 6762.
 */
final class Discovery implements AutoCloseable {
    private static final String GROUP = "224.0.0.251";
    private static final int PORT = 5353;
    private static final long POLL_SECONDS = 60;
    private static final long PAUSE_SECONDS = 5;
    private static final int ANSWERS_MILLIS = 1_000;
    private static final int MAX_PACKET_BYTES = 9_000;
    private static final int MAX_KNOWN = 4_096;

    private final SerfAgent agent;
    private final boolean replay;
    private final String service;
    private final Address own;
    private final List<DnsMessage.Resource> records;
    private final List<NetworkInterface> interfaces;
    private final DatagramChannel listener;
    private final BlockingQueue<InetSocketAddress> asked = new ArrayBlockingQueue<>(1);
    private final Set<String> known = new LinkedHashSet<>();
    private final List<Thread> threads = new ArrayList<>();

    private Discovery(
            SerfAgent agent,
            boolean replay,
            String cluster,
            String node,
            Address own,
            List<NetworkInterface> interfaces,
            DatagramChannel listener) {
        this.agent = agent;
        this.replay = replay;
        this.own = own;
        this.interfaces = interfaces;
        this.listener = listener;
        this.service = "_serf_" + cluster + "._tcp.local";
        String instance = node + "." + service;
        String host = hostName();
        this.records = List.of(
                new DnsMessage.Resource.Pointer(service, instance),
                new DnsMessage.Resource.Service(instance, own.port(), host),
                new DnsMessage.Resource.Host(host, Bytes.of(own.ip())),
                new DnsMessage.Resource.Text(instance, "Serf '" + cluster + "' cluster"));
    }

    /**
     * Starts to answer and to look for others.
     *
     * @param cluster what {@code -discover} names
     * @param on the interface to use; null: the one of the agent's address, else all that can
     * @throws IOException if there is no multicast here, or a name does not fit DNS; the message says why
     */
    static Discovery start(SerfAgent agent, boolean replay, String cluster, Address own, @Nullable NetworkInterface on)
            throws IOException {
        if (own.ip().length != 4)
            throw new IOException("multicast DNS is spoken over IPv4 here, but the address is " + own.host());
        List<NetworkInterface> interfaces = on == null ? candidates(own) : List.of(on);
        if (interfaces.isEmpty()) throw new IOException("no network interface can multicast");
        DatagramChannel listener = DatagramChannel.open(StandardProtocolFamily.INET);
        try {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (listener.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT))
                listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            listener.bind(new InetSocketAddress(PORT));
            for (NetworkInterface each : interfaces) listener.join(group(), each);
            Discovery discovery =
                    new Discovery(agent, replay, cluster, agent.node().name(), own, interfaces, listener);
            discovery.check();
            discovery.run("mdns-answers", discovery::answer);
            discovery.run("mdns-poll", discovery::poll);
            return discovery;
        } catch (IOException | RuntimeException failed) {
            listener.close();
            throw failed instanceof IOException io ? io : new IOException(failed.getMessage(), failed);
        }
    }

    private static List<NetworkInterface> candidates(Address own) throws IOException {
        NetworkInterface bound =
                own.isWildcard() ? null : NetworkInterface.getByInetAddress(InetAddress.getByAddress(own.ip()));
        if (bound != null) return List.of(bound);
        List<NetworkInterface> able = new ArrayList<>();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList())
            if (each.isUp()
                    && each.supportsMulticast()
                    && each.inetAddresses().anyMatch(ip -> ip instanceof Inet4Address)) able.add(each);
        return able;
    }

    private static InetAddress group() throws UnknownHostException {
        return InetAddress.getByName(GROUP);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }

    /** A name that cannot be said is told at the start, not with the first question. */
    private void check() {
        if (new DnsMessage(true, 0, List.of(), records).bytes().length > MAX_PACKET_BYTES)
            throw new IllegalArgumentException("the node's name is too long for multicast DNS");
    }

    private void run(String name, Runnable what) {
        Thread thread = Thread.ofPlatform().daemon().name(name).start(what);
        threads.add(thread);
    }

    /** Answers questions until closed. */
    private void answer() {
        ByteBuffer packet = ByteBuffer.allocate(MAX_PACKET_BYTES);
        while (listener.isOpen()) {
            try {
                packet.clear();
                InetSocketAddress from = (InetSocketAddress) listener.receive(packet);
                byte[] reply = replyTo(packet.flip());
                if (reply == null) continue;
                // Whoever asks has just started, most likely: ask back, so that it is found even if our answer is lost.
                if (!Address.of(from.getAddress().getAddress(), own.port()).equals(own)) asked.offer(from);
                // A question from another port than ours is answered to it alone, the others hear what they ask
                // themselves.
                boolean toAll = from.getPort() == PORT;
                listener.send(ByteBuffer.wrap(reply), toAll ? new InetSocketAddress(group(), PORT) : from);
            } catch (java.nio.channels.ClosedChannelException closed) {
                return;
            } catch (IOException failed) {
                agent.log().debug("agent.mdns: " + failed.getMessage());
            }
        }
    }

    private byte @Nullable [] replyTo(ByteBuffer packet) {
        try {
            if (!DnsMessage.isLongEnough(packet)) return null;
            DnsMessage asked = DnsMessage.read(packet);
            if (asked.response()) return null;
            for (DnsMessage.Question question : asked.questions())
                for (DnsMessage.Resource each : records)
                    if (each.name().equalsIgnoreCase(question.name()))
                        return new DnsMessage(true, asked.id(), List.of(), records).bytes();
        } catch (DnsMessage.MalformedDnsException hostile) {
            // nothing to answer
        }
        return null;
    }

    /** Asks now, every minute and when somebody new asks, but not all the time; joins whoever is new. */
    private void poll() {
        try {
            while (listener.isOpen()) {
                join(ask());
                TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
                asked.poll(POLL_SECONDS - PAUSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void join(List<String> found) {
        if (found.isEmpty()) return;
        try {
            int reached = agent.join(found, replay);
            if (reached > 0) agent.log().info("agent.mdns: Joined " + reached + " hosts");
        } catch (SerfAgent.AgentException failed) {
            agent.log().error("agent.mdns: Failed to join: " + failed.why());
            // The reference never tries them again.
            found.forEach(known::remove);
        }
    }

    /** Asks on every interface; returns the addresses that answered and were not known, ours left out. */
    private List<String> ask() {
        List<String> fresh = new ArrayList<>();
        for (NetworkInterface each : interfaces) {
            try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
                channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, each);
                channel.bind(new InetSocketAddress(0));
                int id = ThreadLocalRandom.current().nextInt(1, 1 << 16);
                byte[] question =
                        DnsMessage.question(id, service, DnsMessage.PTR).bytes();
                channel.send(ByteBuffer.wrap(question), new InetSocketAddress(group(), PORT));
                collect(channel, fresh);
            } catch (IOException failed) {
                agent.log().error("agent.mdns: Failed to poll for new hosts: " + failed.getMessage());
            }
        }
        return fresh;
    }

    private void collect(DatagramChannel channel, List<String> fresh) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ANSWERS_MILLIS);
        byte[] buffer = new byte[MAX_PACKET_BYTES];
        java.net.DatagramPacket packet = new java.net.DatagramPacket(buffer, buffer.length);
        for (long left; (left = end - System.nanoTime()) > 0; ) {
            channel.socket().setSoTimeout((int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            try {
                packet.setLength(buffer.length);
                channel.socket().receive(packet);
            } catch (SocketTimeoutException quiet) {
                return;
            }
            for (String address : addresses(ByteBuffer.wrap(buffer, 0, packet.getLength()), service))
                if (!address.equals(own.toString()) && known.size() < MAX_KNOWN && known.add(address))
                    fresh.add(address);
        }
    }

    /** Where the instances of a service are, as {@code ip:port}, according to one answer; none if it is malformed. */
    static List<String> addresses(ByteBuffer packet, String service) {
        List<String> found = new ArrayList<>();
        try {
            if (!DnsMessage.isLongEnough(packet)) return found;
            DnsMessage answer = DnsMessage.read(packet);
            if (!answer.response()) return found;
            Set<String> instances = new LinkedHashSet<>();
            Map<String, Bytes> hosts = new LinkedHashMap<>();
            for (DnsMessage.Resource each : answer.records()) {
                if (each instanceof DnsMessage.Resource.Pointer(String name, String target)
                        && name.equalsIgnoreCase(service)) instances.add(target);
                if (each instanceof DnsMessage.Resource.Host(String name, Bytes ip)) hosts.put(name, ip);
            }
            for (DnsMessage.Resource each : answer.records()) {
                if (!(each instanceof DnsMessage.Resource.Service(String name, int port, String target))) continue;
                Bytes ip = hosts.get(target);
                if (instances.contains(name) && ip != null && port != 0)
                    found.add(Address.of(ip.array(), port).toString());
            }
        } catch (DnsMessage.MalformedDnsException hostile) {
            found.clear();
        }
        return found;
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException failed) {
            agent.log().debug("agent.mdns: " + failed.getMessage());
        }
        threads.forEach(Thread::interrupt);
    }
}
