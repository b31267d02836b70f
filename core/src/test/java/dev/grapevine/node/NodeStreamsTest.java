package dev.grapevine.node;

import static dev.grapevine.membership.Members.address;
import static dev.grapevine.membership.Members.member;
import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.core.Address;
import dev.grapevine.core.CloseReason;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Message;
import dev.grapevine.membership.UpdateQueue;
import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.Envelope;
import dev.grapevine.wire.MalformedPacketException;
import dev.grapevine.wire.Wire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What parts say by stream: one stream a peer, opened when needed, bounded, closed when idle. */
class NodeStreamsTest {
    private static final int TYPE = 100;
    private static final long SECOND = 1_000_000_000L;
    private static final Member SELF = member(1);
    private static final Address PEER = address(2);

    private record Blob(int sizeBytes) implements Encodable {
        @Override
        public void encode(ByteBuffer into) {
            for (int i = 0; i < sizeBytes; i++) into.put((byte) i);
        }
    }

    private final List<String> told = new ArrayList<>();
    private final Effects effects = new Effects();
    private final PacketWriter writer = new PacketWriter(new Envelope("c", null, 1), 1400, new UpdateQueue());
    private final NodeStreams streams = new NodeStreams(
            new NodeStreams.Receiver() {
                @Override
                public boolean packet(ByteBuffer packet, NodeStreams.Stream from) {
                    told.add("packet of " + packet.remaining() + " from " + from.peer);
                    return packet.remaining() > 1;
                }

                @Override
                public void probeFailed(Address peer, int sequence, CloseReason reason) {
                    told.add("probe " + sequence + " of " + peer + " failed: " + reason);
                }

                @Override
                public void drained(Address peer) {
                    told.add("drained " + peer);
                }

                @Override
                public void broken(Address peer) {
                    told.add("broken " + peer);
                }

                @Override
                public void bad(MalformedPacketException.Reason reason) {
                    told.add("bad " + reason);
                }
            },
            writer);

    private List<Effect> at(long nowNanos, Runnable input) {
        effects.clear();
        writer.begin(effects);
        streams.begin(nowNanos, effects);
        input.run();
        streams.closeFinished();
        return effects.list();
    }

    private void send(int sizeBytes, boolean accepted) {
        assertThat(streams.send(PEER, TYPE, new Blob(sizeBytes), SECOND)).isEqualTo(accepted);
    }

    @Test
    void theFirstMessageOpensAStreamAndLaterOnesShareIt() {
        assertThat(at(0, () -> send(10, true))).containsExactly(new Effect.OpenStream(1, PEER, SECOND));
        assertThat(at(1, () -> send(20, true))).isEmpty();
        List<Effect> sent = at(2, () -> streams.connected(1, SELF));
        assertThat(sent)
                .hasSize(2)
                .allMatch(effect -> effect instanceof Effect.WriteStream write && write.stream() == 1);
        assertThat(types(sent.get(0))).containsExactly(11, TYPE); // who sends, then what
        assertThat(types(sent.get(1))).containsExactly(TYPE);
        assertThat(at(3, () -> send(30, true))).hasSize(1);
    }

    private static List<Integer> types(Effect written) {
        ByteBuffer frame = ((Effect.WriteStream) written).bytes().duplicate();
        frame.position(Frames.HEADER_BYTES);
        ByteBuffer body = new Envelope("c", null, 2).body(frame);
        List<Integer> types = new ArrayList<>();
        while (body.hasRemaining()) {
            types.add(Wire.u8(body));
            int length = (int) Wire.varint(body, body.remaining());
            body.position(body.position() + length);
        }
        return types;
    }

    @Test
    void aPeerThatTakesNothingIsSentNoMoreUntilItDoes() {
        at(0, () -> send(1, true));
        at(0, () -> streams.connected(1, SELF));
        at(0, () -> send(5 << 20, true)); // one message above the bound may wait
        assertThat(at(0, () -> send(1, false))).isEmpty();
        at(0, () -> streams.drained(1));
        assertThat(told).containsExactly("drained " + PEER);
        assertThat(at(0, () -> send(1, true))).hasSize(1);
    }

    @Test
    void aStreamThatBreaksWithSomethingOnItIsTold() {
        at(0, () -> send(1, true));
        at(0, () -> streams.closed(1, CloseReason.REFUSED));
        assertThat(told).containsExactly("broken " + PEER);
        assertThat(at(0, () -> send(1, true))).containsExactly(new Effect.OpenStream(2, PEER, SECOND));
    }

    @Test
    void anIdleStreamIsClosedInSilence() {
        at(0, () -> send(1, true));
        at(0, () -> streams.connected(1, SELF));
        at(0, () -> streams.drained(1));
        assertThat(at(4 * SECOND, streams::tick)).isEmpty();
        assertThat(at(5 * SECOND, streams::tick)).containsExactly(new Effect.CloseStream(1));
        told.clear();
        at(5 * SECOND, () -> streams.closed(1, CloseReason.LOCAL));
        assertThat(told).isEmpty();
        assertThat(streams.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aStreamThatStillHasSomethingToSendIsNotIdle() {
        at(0, () -> send(1, true));
        at(0, () -> streams.connected(1, SELF));
        assertThat(at(5 * SECOND, streams::tick)).isEmpty();
    }

    @Test
    void aPeersStreamIsClosedAfterABadPacket() {
        at(0, () -> streams.accepted(-1, PEER));
        ByteBuffer frames = ByteBuffer.allocate(64)
                .putInt(2)
                .putShort((short) 0)
                .putInt(1)
                .put((byte) 0)
                .flip();
        assertThat(at(0, () -> streams.bytes(-1, frames))).containsExactly(new Effect.CloseStream(-1));
        assertThat(told).containsExactly("packet of 2 from " + PEER, "packet of 1 from " + PEER);
    }

    @Test
    void aProbeWhoseStreamFailsIsToldUnlessItWasAnswered() {
        at(0, () -> streams.open(PEER, 7, new Message.Ping(7, 0, 0), SECOND));
        at(0, () -> streams.closed(1, CloseReason.TIMED_OUT));
        at(0, () -> streams.open(PEER, 8, new Message.Ping(8, 0, 0), SECOND));
        at(0, () -> streams.connected(2, SELF));
        at(
                0,
                () -> streams.bytes(
                        2, ByteBuffer.allocate(8).putInt(2).putShort((short) 0).flip()));
        at(0, () -> streams.closed(2, CloseReason.REMOTE));
        assertThat(told).containsExactly("probe 7 of " + PEER + " failed: TIMED_OUT", "packet of 2 from " + PEER);
    }
}
