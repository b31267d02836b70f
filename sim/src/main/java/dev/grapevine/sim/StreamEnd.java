package dev.grapevine.sim;

import dev.grapevine.core.Address;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** One host's side of a stream. What it writes waits in {@code outgoing} until the network takes it. */
final class StreamEnd {
    /** A piece of what was written, or a mark behind it. */
    record Piece(byte[] bytes, boolean end, boolean close) {
        static final Piece END = new Piece(new byte[0], true, false);
        static final Piece CLOSE = new Piece(new byte[0], false, true);
    }

    final Host host;
    final int epoch;
    final long id;
    final Address remote;
    final ArrayDeque<Piece> outgoing = new ArrayDeque<>();

    @Nullable
    StreamEnd peer;

    boolean connected;
    /** The machine has heard, or will hear, its last about this stream. */
    boolean gone;
    /** The machine asked to close. */
    boolean closing;
    /** Our end of output has left. */
    boolean ended;
    /** The peer's end of output has arrived. */
    boolean peerEnded;

    boolean drainOwed;
    /** The first piece is being sent again and again because the way is cut. */
    boolean stuck;

    long retryNanos;
    int retries;
    int inFlightBytes;
    long lastArrivalNanos;
    long lastMoveNanos;

    StreamEnd(Host host, int epoch, long id, Address remote) {
        this.host = host;
        this.epoch = epoch;
        this.id = id;
        this.remote = remote;
    }

    /** Whether the machine that owns this end is still there. */
    boolean isOwned() {
        return host.epoch == epoch && host.isUp();
    }
}
