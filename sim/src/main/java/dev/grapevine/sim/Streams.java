package dev.grapevine.sim;

import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Input;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Streams between hosts, as TCP gives them: in order, whole, with delays where datagrams are lost, a bounded amount under
 * way, and an error after long silence. Acknowledgements take no time.
 */
final class Streams {
    private static final long MS = 1_000_000L;
    private static final int PIECE_BYTES = 16_384;
    /** Most bytes sent and not yet read by the peer's machine. */
    private static final int WINDOW_BYTES = 262_144;
    /** First wait before an unanswered SYN is sent again (RFC 6298 §2.1). */
    private static final long SYN_RETRY_NANOS = 1_000 * MS;
    /** First wait before an unacknowledged segment is sent again: Linux's least. */
    private static final long SEGMENT_RETRY_NANOS = 200 * MS;

    private static final long MAX_RETRY_NANOS = 120_000 * MS;
    /** Times a segment is sent again before the connection counts as broken (Linux tcp_retries2). */
    private static final int MAX_RETRIES = 15;
    /** A stream on which nothing moves is closed, as the real driver does. */
    private static final long IDLE_NANOS = 60_000 * MS;

    private final Simulation simulation;

    Streams(Simulation simulation) {
        this.simulation = simulation;
    }

    void open(Host host, Effect.OpenStream effect) {
        if (effect.stream() <= 0 || host.streams.containsKey(effect.stream()))
            throw new IllegalStateException(host + " opened stream " + effect.stream() + ", which is not new");
        StreamEnd end = new StreamEnd(host, host.epoch, effect.stream(), effect.to());
        host.streams.put(end.id, end);
        host.traffic.streamsOpened++;
        sendSyn(end, SYN_RETRY_NANOS);
        later(host, effect.timeoutNanos(), () -> {
            if (!end.connected) fail(end, CloseReason.TIMED_OUT);
        });
    }

    void write(Host host, Effect.WriteStream effect) {
        StreamEnd end = host.streams.get(effect.stream());
        if (end == null || end.gone) return; // it broke while the machine was writing
        if (end.closing
                || end.ended
                || !end.outgoing.isEmpty() && end.outgoing.peekLast().end())
            throw new IllegalStateException(host + " wrote to stream " + end.id + " after its end");
        ByteBuffer bytes = effect.bytes();
        int at = bytes.position();
        while (at < bytes.limit()) {
            byte[] piece = new byte[Math.min(PIECE_BYTES, bytes.limit() - at)];
            bytes.get(at, piece);
            simulation.hash().add(piece, 0, piece.length);
            end.outgoing.add(new StreamEnd.Piece(piece, false, false));
            at += piece.length;
            end.drainOwed = true;
        }
        pump(end);
    }

    void end(Host host, long stream) {
        StreamEnd end = host.streams.get(stream);
        if (end == null || end.gone || end.closing) return;
        end.outgoing.add(StreamEnd.Piece.END);
        pump(end);
    }

    void close(Host host, long stream) {
        StreamEnd end = host.streams.get(stream);
        if (end == null || end.gone || end.closing) return;
        end.closing = true;
        if (end.connected) {
            end.outgoing.add(StreamEnd.Piece.CLOSE);
            pump(end);
        } else {
            fail(end, CloseReason.LOCAL);
        }
    }

    /** The machine has read these bytes: so many more may be under way. */
    void consumed(Host host, Input.StreamBytes input) {
        StreamEnd end = host.streams.get(input.stream());
        if (end == null || end.peer == null) return;
        end.peer.inFlightBytes -= input.bytes().array().length;
        pump(end.peer);
    }

    /** The host's machine is gone. If its system still runs, it resets every connection. */
    void abandon(Host host, boolean tellPeers) {
        List<StreamEnd> ends = new ArrayList<>(host.streams.values());
        ends.sort(Comparator.comparingLong(end -> end.id));
        for (StreamEnd end : ends) {
            end.gone = true;
            StreamEnd peer = end.peer;
            if (tellPeers && peer != null)
                later(peer.host, latency(host, peer.host), () -> {
                    if (simulation.network().isOpen(host, peer.host, false, simulation.nowNanos()))
                        fail(peer, CloseReason.RESET);
                });
        }
        host.streams.clear();
    }

    private void sendSyn(StreamEnd end, long retryNanos) {
        if (end.connected || end.gone || !end.isOwned()) return;
        later(end.host, retryNanos, () -> sendSyn(end, retryNanos * 2));
        Host to = simulation.hostAt(end.remote);
        if (to == null || !passes(end.host, to)) return;
        later(to, latency(end.host, to), () -> onSyn(end, to));
    }

    private void onSyn(StreamEnd end, Host to) {
        if (end.gone || to.state == Host.State.OFF || !to.address.equals(end.remote)) return;
        StreamEnd accepted = end.peer;
        if (accepted == null && to.isUp()) {
            accepted = new StreamEnd(to, to.epoch, to.nextAcceptedStream--, end.host.address);
            accepted.peer = end;
            accepted.connected = true;
            end.peer = accepted;
            to.streams.put(accepted.id, accepted);
            watchIdle(accepted);
            simulation.give(to, new Input.StreamAccepted(accepted.id, end.host.address));
        }
        if (!passes(to, end.host)) return;
        boolean refused = accepted == null;
        later(end.host, latency(to, end.host), () -> {
            if (end.connected || end.gone) return;
            if (refused) {
                fail(end, CloseReason.REFUSED);
                return;
            }
            end.connected = true;
            watchIdle(end);
            if (!end.isOwned()) return;
            simulation.give(end.host, new Input.StreamConnected(end.id));
            pump(end);
        });
    }

    private void watchIdle(StreamEnd end) {
        end.lastMoveNanos = simulation.nowNanos();
        later(end.host, IDLE_NANOS, () -> checkIdle(end));
    }

    private void checkIdle(StreamEnd end) {
        if (end.gone || !end.isOwned()) return;
        long left = end.lastMoveNanos + IDLE_NANOS - simulation.nowNanos();
        if (left <= 0) fail(end, CloseReason.TIMED_OUT);
        else later(end.host, left, () -> checkIdle(end));
    }

    /** Hands to the network what fits; says so once everything is handed over. */
    private void pump(StreamEnd end) {
        if (!end.connected || end.gone || end.stuck) return;
        while (!end.outgoing.isEmpty() && end.inFlightBytes < WINDOW_BYTES) {
            StreamEnd.Piece piece = end.outgoing.getFirst();
            if (!sendPiece(end, piece)) return;
            end.outgoing.removeFirst();
            if (piece.end()) onEnded(end);
            if (piece.close()) finish(end, CloseReason.LOCAL);
        }
        if (!end.drainOwed || !end.outgoing.isEmpty()) return;
        end.drainOwed = false;
        later(end.host, 0, () -> {
            if (!end.gone && !end.closing && end.outgoing.isEmpty() && !end.drainOwed)
                simulation.give(end.host, new Input.StreamDrained(end.id));
        });
    }

    /** Returns false, and tries again later, while the way is cut. */
    private boolean sendPiece(StreamEnd end, StreamEnd.Piece piece) {
        StreamEnd peer = end.peer;
        if (peer == null) return false;
        long now = simulation.nowNanos();
        boolean cut = !simulation.network().isOpen(end.host, peer.host, false, now)
                || !simulation.network().isOpen(peer.host, end.host, false, now)
                || end.host.blocked
                || peer.host.blocked
                || peer.host.state == Host.State.OFF
                || !peer.host.address.equals(end.remote) && end.id > 0;
        if (cut) {
            if (end.retries++ == MAX_RETRIES) {
                fail(end, CloseReason.RESET);
                return false;
            }
            end.stuck = true;
            end.retryNanos = Math.min(MAX_RETRY_NANOS, Math.max(SEGMENT_RETRY_NANOS, end.retryNanos * 2));
            later(end.host, end.retryNanos, () -> {
                end.stuck = false;
                pump(end);
            });
            return false;
        }
        end.retries = 0;
        end.retryNanos = 0;
        int count = piece.bytes().length;
        long segments = Math.max(1, Traffic.segmentsOf(count));
        int wireBytes = (int) (count + segments * Traffic.SEGMENT_HEADER_BYTES);
        long departs = simulation.datagrams().uplink(end.host, wireBytes, now);
        long delay = latency(end.host, peer.host) + resends(end.host, peer.host, segments);
        end.lastArrivalNanos = Math.max(end.lastArrivalNanos, departs + delay);
        end.lastMoveNanos = now;
        end.inFlightBytes += count;
        end.host.traffic.streamBytesSent += wireBytes;
        simulation.schedule(end.lastArrivalNanos, peer.host, () -> onPiece(peer, piece, wireBytes));
        return true;
    }

    /** How much later a piece arrives because segments of it were lost and sent again. */
    private long resends(Host from, Host to, long segments) {
        Link link = simulation.network().linkBetween(from, to);
        long delay = 0;
        for (long i = 0; i < segments; i++) {
            long wait = SEGMENT_RETRY_NANOS;
            for (int tries = 0; tries < MAX_RETRIES && simulation.network().loses(link, from, to); tries++) {
                delay += wait;
                wait = Math.min(MAX_RETRY_NANOS, wait * 2);
            }
        }
        return delay;
    }

    private void onPiece(StreamEnd end, StreamEnd.Piece piece, int wireBytes) {
        end.lastMoveNanos = simulation.nowNanos();
        if (piece.end() || piece.close()) {
            onPeerEnded(end);
            return;
        }
        end.host.traffic.streamBytesReceived += wireBytes;
        StreamEnd sender = end.peer;
        if (end.gone || end.closing || !end.isOwned()) {
            // Thrown away, as the lingering socket of a closed stream does.
            if (sender != null) sender.inFlightBytes -= piece.bytes().length;
            return;
        }
        simulation.give(end.host, new Input.StreamBytes(end.id, ByteBuffer.wrap(piece.bytes())));
    }

    private void onEnded(StreamEnd end) {
        end.ended = true;
        if (end.peerEnded) finish(end, CloseReason.REMOTE);
    }

    private void onPeerEnded(StreamEnd end) {
        end.peerEnded = true;
        if (end.gone) return;
        if (end.ended) finish(end, CloseReason.REMOTE);
        else if (!end.closing && end.isOwned()) simulation.give(end.host, new Input.StreamEnded(end.id));
    }

    /** The machine hears its last; what is under way still arrives. */
    private void finish(StreamEnd end, CloseReason reason) {
        if (end.gone) return;
        end.gone = true;
        later(end.host, 0, () -> {
            if (end.isOwned() && end.host.streams.remove(end.id, end))
                simulation.give(end.host, new Input.StreamClosed(end.id, end.closing ? CloseReason.LOCAL : reason));
        });
    }

    /** Breaks a stream on both sides. */
    private void fail(StreamEnd end, CloseReason reason) {
        if (end.gone) return;
        end.outgoing.clear();
        StreamEnd peer = end.peer;
        if (peer != null && !peer.gone)
            later(peer.host, latency(end.host, peer.host), () -> {
                if (simulation.network().isOpen(end.host, peer.host, false, simulation.nowNanos()))
                    failQuietly(peer, CloseReason.RESET);
            });
        failQuietly(end, reason);
    }

    private void failQuietly(StreamEnd end, CloseReason reason) {
        end.outgoing.clear();
        finish(end, reason);
    }

    private boolean passes(Host from, Host to) {
        return simulation.network().isOpen(from, to, false, simulation.nowNanos())
                && !from.blocked
                && !to.blocked
                && !simulation.network().loses(simulation.network().linkBetween(from, to), from, to);
    }

    private long latency(Host from, Host to) {
        return simulation.datagrams().latencyNanos(simulation.network().linkBetween(from, to), from, to);
    }

    private void later(Host host, long nanos, Runnable action) {
        long at = simulation.nowNanos() + nanos;
        simulation.schedule(at < 0 ? Long.MAX_VALUE : at, host, action);
    }
}
