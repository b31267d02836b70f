package dev.grapevine.examples;

import dev.grapevine.Grapevine;
import dev.grapevine.node.NodeEvent.RumorReceived;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Switches that every node of a service can flip and all nodes see: the newest flip wins, everywhere, however the network behaves
 * meanwhile. A flip is a rumor; its text is the flag, its version and its value.
 *
 * <p>It needs only a way to spread a rumor and to be told of one, so the same code runs on a {@link Grapevine} node and on a simulated
 * one. On a real node it is called by the application's threads and by the node's listener: hence {@code synchronized}.
 */
public final class FeatureFlags {
    private record Flag(long version, String flippedBy, boolean on) {
        /** The higher version wins; of two flips at once, that of the node with the later name, on every node. */
        boolean isOlderThan(Flag other) {
            return version != other.version ? version < other.version : flippedBy.compareTo(other.flippedBy) < 0;
        }
    }

    private static final String PREFIX = "flag/";

    private final String self;
    private final BiConsumer<String, byte[]> spread;
    private final Map<String, Flag> flags = new TreeMap<>();

    /**
     * @param self the name of this node
     * @param spread spreads the newest value of an entry of this node, as {@link Grapevine#gossip(String, byte[])} does
     */
    public FeatureFlags(String self, BiConsumer<String, byte[]> spread) {
        this.self = self;
        this.spread = spread;
    }

    /** The flags of a real node. */
    public static FeatureFlags on(Grapevine node) {
        FeatureFlags flags = new FeatureFlags(node.name(), node::gossip);
        node.onRumor(flags::heard);
        return flags;
    }

    /** Flips a flag for all nodes; seen here at once. */
    public synchronized void set(String name, boolean on) {
        Flag known = flags.get(name);
        Flag flag = new Flag(known == null ? 1 : known.version() + 1, self, on);
        flags.put(name, flag);
        notifyAll();
        byte[] payload = ByteBuffer.allocate(9)
                .putLong(flag.version())
                .put((byte) (on ? 1 : 0))
                .array();
        spread.accept(PREFIX + name, payload);
    }

    /** Whether a flag is on; off for one that nobody has set. */
    public synchronized boolean isOn(String name) {
        Flag known = flags.get(name);
        return known != null && known.on();
    }

    /** All flags that were ever set, by name. */
    public synchronized Map<String, Boolean> all() {
        Map<String, Boolean> all = new TreeMap<>();
        flags.forEach((name, flag) -> all.put(name, flag.on()));
        return Collections.unmodifiableMap(all);
    }

    /** Takes a rumor; what is no flip is left to others. */
    public synchronized void heard(RumorReceived rumor) {
        if (!rumor.key().startsWith(PREFIX) || rumor.payload().length != 9) return;
        ByteBuffer payload = ByteBuffer.wrap(rumor.payload());
        Flag flag = new Flag(payload.getLong(), rumor.origin(), payload.get() != 0);
        flags.merge(
                rumor.key().substring(PREFIX.length()),
                flag,
                (known, newer) -> known.isOlderThan(newer) ? newer : known);
        notifyAll();
    }

    /** Waits until a flag is on. */
    public synchronized void awaitOn(String name) throws InterruptedException {
        while (!isOn(name)) wait();
    }

    /** Two nodes of one process; run with the name of a flag. */
    public static void main(String[] arguments) throws InterruptedException {
        String flag = arguments.length > 0 ? arguments[0] : "dark-mode";
        try (Grapevine a = Grapevine.start("a");
                Grapevine b = Grapevine.start("b", "127.0.0.1:" + a.port())) {
            FeatureFlags onA = on(a);
            FeatureFlags onB = on(b);
            b.awaitMembers(2, java.time.Duration.ofSeconds(5));
            onA.set(flag, true);
            onB.awaitOn(flag);
            byte[] said = ("b sees " + onB.all() + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
            System.out.write(said, 0, said.length);
            System.out.flush();
        }
    }
}
