package dev.grapevine.sim;

/**
 * How packets travel from one host to another.
 *
 * @param latency the time under way
 * @param jitterNanos added to it: anything up to this, equally likely, {@code >= 0}
 * @param loss which datagrams are lost
 * @param duplicate probability that a datagram arrives twice, {@code 0..1}
 * @param reorder probability that a datagram is held back so that later ones overtake it, {@code 0..1}
 * @param reorderNanos how long such a datagram is held back at most, {@code >= 0}
 * @param corrupt probability that one bit of a datagram is flipped in a way that checksums of the network miss, {@code 0..1}
 * @param mtuBytes the largest UDP payload that passes, {@code 64..65507}; larger ones are lost
 */
public record Link(
        Latency latency,
        long jitterNanos,
        Loss loss,
        double duplicate,
        double reorder,
        long reorderNanos,
        double corrupt,
        int mtuBytes) {
    /** A quiet local network: 0.2 ms to 0.6 ms, nothing lost. */
    public static final Link LAN =
            new Link(new Latency.Uniform(200_000, 600_000), 0, Loss.NONE, 0, 0, 10_000_000, 0, 65_507);

    public Link {
        if (jitterNanos < 0 || reorderNanos < 0)
            throw new IllegalArgumentException(
                    "jitter " + jitterNanos + " or reorder " + reorderNanos + " ns is negative");
        chance("duplicate", duplicate);
        chance("reorder", reorder);
        chance("corrupt", corrupt);
        if (mtuBytes < 64 || mtuBytes > 65_507)
            throw new IllegalArgumentException("mtu " + mtuBytes + " is not in 64..65507 bytes");
    }

    /** The same with another latency. */
    public Link latency(Latency latency) {
        return new Link(latency, jitterNanos, loss, duplicate, reorder, reorderNanos, corrupt, mtuBytes);
    }

    /** The same with jitter of up to {@code nanos}. */
    public Link jitter(long nanos) {
        return new Link(latency, nanos, loss, duplicate, reorder, reorderNanos, corrupt, mtuBytes);
    }

    /** The same with each datagram lost with {@code probability}. */
    public Link loss(double probability) {
        return loss(new Loss.Independent(probability));
    }

    /** The same with another loss. */
    public Link loss(Loss loss) {
        return new Link(latency, jitterNanos, loss, duplicate, reorder, reorderNanos, corrupt, mtuBytes);
    }

    /** The same with each datagram doubled with {@code probability}. */
    public Link duplicate(double probability) {
        return new Link(latency, jitterNanos, loss, probability, reorder, reorderNanos, corrupt, mtuBytes);
    }

    /** The same with each datagram held back for up to {@code nanos} with {@code probability}. */
    public Link reorder(double probability, long nanos) {
        return new Link(latency, jitterNanos, loss, duplicate, probability, nanos, corrupt, mtuBytes);
    }

    /** The same with a bit flipped with {@code probability}. */
    public Link corrupt(double probability) {
        return new Link(latency, jitterNanos, loss, duplicate, reorder, reorderNanos, probability, mtuBytes);
    }

    /** The same with datagrams above {@code bytes} lost. */
    public Link mtu(int bytes) {
        return new Link(latency, jitterNanos, loss, duplicate, reorder, reorderNanos, corrupt, bytes);
    }

    private static void chance(String name, double value) {
        if (!(value >= 0 && value <= 1)) throw new IllegalArgumentException(name + " " + value + " is not in 0..1");
    }
}
