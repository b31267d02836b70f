package dev.grapevine.sim;

/**
 * What a host sent and received. Bytes include the headers of IPv4 and of UDP (28 B a datagram) or TCP (40 B a segment of at
 * most 1,448 B); acknowledgements of TCP are not counted.
 */
public final class Traffic {
    /** IPv4 and UDP. */
    public static final int DATAGRAM_HEADER_BYTES = 28;

    /** IPv4 and TCP, without options. */
    public static final int SEGMENT_HEADER_BYTES = 40;

    /** Payload of a full segment on Ethernet, with the time stamp option. */
    public static final int SEGMENT_BYTES = 1_448;

    long datagramsSent;
    long datagramBytesSent;
    long datagramsReceived;
    long datagramBytesReceived;
    long streamsOpened;
    long streamBytesSent;
    long streamBytesReceived;
    int largestDatagramBytes;

    /** Datagrams handed to the network, whether they arrived or not. */
    public long datagramsSent() {
        return datagramsSent;
    }

    /** Datagrams given to the machine. */
    public long datagramsReceived() {
        return datagramsReceived;
    }

    /** Streams this host asked for. */
    public long streamsOpened() {
        return streamsOpened;
    }

    /** Bytes of streams sent, headers included. */
    public long streamBytesSent() {
        return streamBytesSent;
    }

    /** All bytes sent, headers included. */
    public long bytesSent() {
        return datagramBytesSent + streamBytesSent;
    }

    /** All bytes received, headers included. */
    public long bytesReceived() {
        return datagramBytesReceived + streamBytesReceived;
    }

    /** The largest UDP payload sent. */
    public int largestDatagramBytes() {
        return largestDatagramBytes;
    }

    static long segmentsOf(int bytes) {
        return ((long) bytes + SEGMENT_BYTES - 1) / SEGMENT_BYTES;
    }
}
