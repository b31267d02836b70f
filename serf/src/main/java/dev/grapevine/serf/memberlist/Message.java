package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import org.jspecify.annotations.Nullable;

/**
 * One message of memberlist: a type byte and, except for user messages, a map with sorted keys. Numbers are unsigned.
 * Source: hashicorp/memberlist, net.go.
 */
public sealed interface Message {
    /** Type byte of {@link Ping}. */
    int PING = 0;
    /** Type byte of {@link IndirectPing}. */
    int INDIRECT_PING = 1;
    /** Type byte of {@link Ack}. */
    int ACK = 2;
    /** Type byte of {@link Suspect}. */
    int SUSPECT = 3;
    /** Type byte of {@link Alive}. */
    int ALIVE = 4;
    /** Type byte of {@link Dead}. */
    int DEAD = 5;
    /** Type byte of {@link PushPull}. */
    int PUSH_PULL = 6;
    /** Type byte of several messages in one packet. */
    int COMPOUND = 7;
    /** Type byte of {@link User}. */
    int USER = 8;
    /** Type byte of a compressed message. */
    int COMPRESS = 9;
    /** Type byte of an encrypted stream. */
    int ENCRYPT = 10;
    /** Type byte of {@link Nack}. */
    int NACK = 11;
    /** Type byte in front of a packet's checksum. */
    int HAS_CRC = 12;
    /** Type byte of {@link Err}. */
    int ERR = 13;
    /** First byte of a label. */
    int HAS_LABEL = 244;

    /**
     * Are you there?
     *
     * @param node whom we mean; may be empty
     * @param sourceAddr where to answer, null for the packet's source
     * @param sourcePort where to answer, {@code 0} for the packet's source
     */
    record Ping(long seqNo, String node, @Nullable Bytes sourceAddr, int sourcePort, String sourceNode)
            implements Message {}

    /** Ask this node in my place. {@code nack} asks for a {@link Nack} should it stay silent. */
    record IndirectPing(
            long seqNo,
            @Nullable Bytes target,
            int port,
            String node,
            boolean nack,
            @Nullable Bytes sourceAddr,
            int sourcePort,
            String sourceNode)
            implements Message {}

    /** I am, or it is. */
    record Ack(long seqNo, @Nullable Bytes payload) implements Message {}

    /** It did not answer me either. */
    record Nack(long seqNo) implements Message {}

    /** {@code from} suspects {@code node} of being dead. */
    record Suspect(long incarnation, String node, String from) implements Message {}

    /** The node is alive; {@code meta} is the delegate's (Serf: tags). */
    record Alive(
            long incarnation,
            String node,
            @Nullable Bytes addr,
            int port,
            @Nullable Bytes meta,
            @Nullable Bytes vsn) implements Message {}

    /** The node is dead, or left if {@code from} is itself. */
    record Dead(long incarnation, String node, String from) implements Message {}

    /** A message of the layer above. */
    record User(Bytes payload) implements Message {}

    /** What went wrong on a stream, in words. */
    record Err(String error) implements Message {}

    /** Appends the type byte and the body. On a stream a user message needs {@link PushPull}'s kind of header instead. */
    static void write(Message message, MsgPackWriter to) {
        switch (message) {
            case Ping m -> {
                to.octet(PING).map(2 + sourceFields(m.sourceAddr, m.sourcePort, m.sourceNode));
                to.text("Node").text(m.node).text("SeqNo").unsigned(m.seqNo);
                writeSource(to, m.sourceAddr, m.sourcePort, m.sourceNode);
            }
            case IndirectPing m -> {
                to.octet(INDIRECT_PING).map(5 + sourceFields(m.sourceAddr, m.sourcePort, m.sourceNode));
                to.text("Nack").bool(m.nack).text("Node").text(m.node);
                to.text("Port").unsigned(m.port).text("SeqNo").unsigned(m.seqNo);
                writeSource(to, m.sourceAddr, m.sourcePort, m.sourceNode);
                to.text("Target").bytes(m.target);
            }
            case Ack m ->
                to.octet(ACK)
                        .map(2)
                        .text("Payload")
                        .bytes(m.payload)
                        .text("SeqNo")
                        .unsigned(m.seqNo);
            case Nack m -> to.octet(NACK).map(1).text("SeqNo").unsigned(m.seqNo);
            case Suspect m -> writeVerdict(to.octet(SUSPECT), m.incarnation, m.node, m.from);
            case Dead m -> writeVerdict(to.octet(DEAD), m.incarnation, m.node, m.from);
            case Alive m -> {
                to.octet(ALIVE).map(6).text("Addr").bytes(m.addr);
                to.text("Incarnation").unsigned(m.incarnation).text("Meta").bytes(m.meta);
                to.text("Node").text(m.node).text("Port").unsigned(m.port);
                to.text("Vsn").bytes(m.vsn);
            }
            case User m -> to.octet(USER).raw(m.payload);
            case Err m -> to.octet(ERR).map(1).text("Error").text(m.error);
        }
    }

    private static void writeVerdict(MsgPackWriter to, long incarnation, String node, String from) {
        to.map(3).text("From").text(from).text("Incarnation").unsigned(incarnation);
        to.text("Node").text(node);
    }

    private static int sourceFields(@Nullable Bytes addr, int port, String node) {
        return (addr == null || addr.size() == 0 ? 0 : 1) + (port == 0 ? 0 : 1) + (node.isEmpty() ? 0 : 1);
    }

    private static void writeSource(MsgPackWriter to, @Nullable Bytes addr, int port, String node) {
        if (addr != null && addr.size() > 0) to.text("SourceAddr").bytes(addr);
        if (!node.isEmpty()) to.text("SourceNode").text(node);
        if (port != 0) to.text("SourcePort").unsigned(port);
    }

    /**
     * Reads the body that follows the type byte. Fields may come in any order; unknown ones are passed over, missing ones
     * are zero.
     *
     * @throws MalformedMessageException if the body is not what {@code type} says, or {@code type} has none of its own
     */
    static Message read(int type, MsgPackReader in) {
        if (type == USER) return new User(in.raw(in.remaining()));
        MessageFields fields = new MessageFields();
        fields.read(in);
        return switch (type) {
            case PING -> new Ping(fields.seqNo, fields.node, fields.sourceAddr, fields.sourcePort, fields.sourceNode);
            case INDIRECT_PING ->
                new IndirectPing(
                        fields.seqNo,
                        fields.target,
                        fields.port,
                        fields.node,
                        fields.nack,
                        fields.sourceAddr,
                        fields.sourcePort,
                        fields.sourceNode);
            case ACK -> new Ack(fields.seqNo, fields.payload);
            case NACK -> new Nack(fields.seqNo);
            case SUSPECT -> new Suspect(fields.incarnation, fields.node, fields.from);
            case ALIVE -> new Alive(fields.incarnation, fields.node, fields.addr, fields.port, fields.meta, fields.vsn);
            case DEAD -> new Dead(fields.incarnation, fields.node, fields.from);
            case ERR -> new Err(fields.error);
            default -> throw new MalformedMessageException("unknown message type " + type, 0);
        };
    }
}
