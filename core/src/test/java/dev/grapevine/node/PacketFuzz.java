package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Tags;
import dev.grapevine.wire.Envelope;
import dev.grapevine.wire.MalformedPacketException.Reason;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator.SplittableGenerator;
import java.util.random.RandomGeneratorFactory;

/** A node is given a packet with any body in a right envelope, by datagram and by stream, and then has to go on living. */
public final class PacketFuzz {
    private static final Address PEER = Address.ipv4(0x0A00_0002, 7946);
    private static final long SECOND = 1_000_000_000L;

    private PacketFuzz() {}

    /** One input. */
    public static void fuzzerTestOneInput(byte[] body) {
        if (body.length > 60_000) return;
        MembershipSettings times = MembershipSettings.of(Profile.LAN);
        NodeMachine node = new NodeMachine(
                new NodeSettings(
                        "fuzz",
                        "node",
                        1000,
                        Address.ipv4(0x0A00_0001, 7946),
                        Tags.NONE,
                        null,
                        1,
                        times,
                        new RumorSettings(times.gossipNanos(), 1, RumorSettings.Direction.PUSH_PULL, false),
                        1400,
                        List.of()),
                RandomGeneratorFactory.<SplittableGenerator>of("L64X128MixRandom")
                        .create(1));
        give(node, new Input.Tick(), 0);
        Envelope envelope = new Envelope("fuzz", null, 2);
        ByteBuffer packet = ByteBuffer.allocate(Frames.HEADER_BYTES + envelope.overheadBytes() + body.length);
        packet.putInt(envelope.overheadBytes() + body.length);
        envelope.open(packet);
        packet.put(body);
        envelope.close(packet, Frames.HEADER_BYTES);
        packet.flip();

        give(node, new Input.Datagram(PEER, packet.duplicate().position(Frames.HEADER_BYTES)), 1);
        long bad = badPackets(node);
        if (bad + node.goodPackets() != 1) throw new AssertionError("counted " + bad + "+" + node.goodPackets());
        if (bad == 1 && node.membership().liveMembers() != 1)
            throw new AssertionError("a bad packet changed the table");
        give(node, new Input.StreamAccepted(-1, PEER), 2);
        give(node, new Input.StreamBytes(-1, packet), 3);
        if (badPackets(node) != 2 * bad) throw new AssertionError("a stream is judged unlike a datagram");
        for (int i = 1; i <= 20; i++) give(node, new Input.Tick(), i * SECOND);
    }

    private static void give(NodeMachine node, Input input, long nowNanos) {
        Effects effects = new Effects();
        node.handle(input, nowNanos, effects);
        for (Effect effect : effects.list()) {
            if (effect instanceof Effect.SendDatagram(Address to, ByteBuffer sent)
                    && (!sent.hasRemaining() || to.port() == 0)) throw new AssertionError("cannot be sent: " + effect);
        }
    }

    private static long badPackets(NodeMachine node) {
        long sum = 0;
        for (Reason reason : Reason.values()) sum += node.badPackets(reason);
        return sum;
    }
}
