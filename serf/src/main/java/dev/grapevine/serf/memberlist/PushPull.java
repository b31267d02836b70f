package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node's whole knowledge, exchanged over a stream: type byte 6, map{Join, Nodes, UserStateLen}, one map per node, then the
 * delegate's bytes. Source: hashicorp/memberlist, net.go, pushPullHeader and pushNodeState.
 *
 * @param join whether somebody joins
 * @param userState the delegate's state (Serf: {@code PushPullState} behind its type byte)
 */
public record PushPull(boolean join, List<NodeState> nodes, Bytes userState) {
    /** Nodes in one exchange. */
    public static final int MAX_NODES = 1_048_576;
    /** Bytes of the delegate's state. */
    public static final int MAX_USER_STATE_BYTES = 20 * 1024 * 1024;

    /** What a node may be, with its number on the wire. */
    public enum State {
        /** 0 */
        ALIVE,
        /** 1 */
        SUSPECT,
        /** 2 */
        DEAD,
        /** 3 */
        LEFT
    }

    /**
     * One node.
     *
     * @param state the number of a {@link State}; others come from strangers and are to be ignored
     */
    public record NodeState(
            String name,
            @Nullable Bytes addr,
            int port,
            @Nullable Bytes meta,
            long incarnation,
            long state,
            @Nullable Bytes vsn) {}

    /** Copies the list. */
    public PushPull {
        nodes = List.copyOf(nodes);
    }

    /** Appends type byte, header, nodes and state. */
    public void write(MsgPackWriter to) {
        to.octet(Message.PUSH_PULL).map(3).text("Join").bool(join);
        to.text("Nodes").signed(nodes.size()).text("UserStateLen").signed(userState.size());
        for (NodeState node : nodes) {
            to.map(7).text("Addr").bytes(node.addr);
            to.text("Incarnation").unsigned(node.incarnation).text("Meta").bytes(node.meta);
            to.text("Name").text(node.name).text("Port").unsigned(node.port);
            to.text("State").signed(node.state).text("Vsn").bytes(node.vsn);
        }
        to.raw(userState);
    }

    /**
     * Reads what follows the type byte, in as many attempts as it takes: what was read stays read, so that a slow peer does
     * not make us begin again with every byte.
     */
    static final class Parser {
        private final List<NodeState> nodes = new ArrayList<>();
        private boolean headerRead;
        private boolean join;
        private int nodeCount;
        private int userStateBytes;
        private int consumed;

        /**
         * Continues with all bytes since the type byte.
         *
         * @throws MalformedMessageException truncated (its need counted from the first byte of {@code all}) or worse
         */
        PushPull read(java.nio.ByteBuffer all) {
            int start = all.position();
            while (true) {
                MsgPackReader in = new MsgPackReader(all.slice(start + consumed, all.limit() - start - consumed));
                try {
                    if (!headerRead) readHeader(in);
                    else if (nodes.size() < nodeCount) nodes.add(readNode(in));
                    else return new PushPull(join, nodes, in.raw(userStateBytes));
                } catch (MalformedMessageException e) {
                    if (!e.isTruncated()) throw e;
                    throw MalformedMessageException.truncated(consumed + e.offset(), consumed + e.neededBytes());
                }
                consumed += in.offset();
            }
        }

        private void readHeader(MsgPackReader in) {
            long count = 0;
            long bytes = 0;
            boolean joining = false;
            for (int pairs = in.map(); pairs > 0; pairs--) {
                switch (in.text()) {
                    case "Join" -> joining = in.bool();
                    case "Nodes" -> count = in.signed();
                    case "UserStateLen" -> bytes = in.signed();
                    default -> in.skip();
                }
            }
            if (count < 0 || count > MAX_NODES)
                throw new MalformedMessageException("a count of " + count + " nodes", 0);
            if (bytes < 0 || bytes > MAX_USER_STATE_BYTES)
                throw new MalformedMessageException("a state of " + bytes + " bytes", 0);
            join = joining;
            nodeCount = (int) count;
            userStateBytes = (int) bytes;
            headerRead = true;
        }

        private static NodeState readNode(MsgPackReader in) {
            String name = "";
            Bytes addr = null;
            Bytes meta = null;
            Bytes vsn = null;
            int port = 0;
            long incarnation = 0;
            long state = 0;
            for (int pairs = in.map(); pairs > 0; pairs--) {
                switch (in.text()) {
                    case "Name" -> name = in.text();
                    case "Addr" -> addr = in.bytes();
                    case "Port" -> port = (int) in.unsigned(16);
                    case "Meta" -> meta = in.bytes();
                    case "Incarnation" -> incarnation = in.unsigned(32);
                    case "State" -> state = in.signed();
                    case "Vsn" -> vsn = in.bytes();
                    default -> in.skip();
                }
            }
            // An entry of one byte must not cost us a record of hundreds.
            if (name.isEmpty()) throw new MalformedMessageException("a node without a name", in.offset());
            return new NodeState(name, addr, port, meta, incarnation, state, vsn);
        }
    }
}
