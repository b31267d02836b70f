package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.wire.Encodable;
import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;

/**
 * A protocol that a node speaks besides membership, in messages of a type of its own, in the packets that all parts share. Like the
 * node it is deterministic, without I/O, and consistent after every call.
 */
public interface Part {
    /** The type byte of its messages on the wire, {@code 32..127}, its own among all parts. */
    int type();

    /**
     * Reads one message, which ends where {@code body} ends. The packet counts only if all its messages can be read, so this changes
     * nothing.
     *
     * @return what {@link #received} is given
     * @throws MalformedPacketException if the bytes are no message
     */
    Encodable decode(ByteBuffer body);

    /** A message arrived from the node that is reached at {@code from}, a member or not. */
    void received(Address from, Encodable message, PartContext context);

    /**
     * The application asks for something. What is asked is answered with {@link PartContext#answer} or refused, now or later.
     *
     * @return false if this command belongs to another part
     * @throws IllegalArgumentException if a stated limit is broken; the sentence reaches the application
     */
    boolean commanded(long id, Command command, PartContext context);

    /** The time to look at the time. */
    void tick(PartContext context);

    /** When the next {@link #tick} is owed; {@link Long#MAX_VALUE} while nothing is pending. */
    long nextDeadlineNanos();

    /** Something became of a member. The membership in {@code context} knows it already. */
    default void memberChanged(MembershipEvent event, PartContext context) {}

    /** 32 bits that are equal on nodes that hold the same, 0 for nothing held: folded into the digest that every probe carries. */
    default int digest() {
        return 0;
    }

    /** The digest of this peer differs from ours, by this part or by another. */
    default void differs(Address peer, PartContext context) {}

    /** All that was sent to this peer by stream has been handed to the network: more may be sent. */
    default void drained(Address peer, PartContext context) {}

    /** The stream to this peer broke or never came up: what was on its way is lost, as datagrams may be. */
    default void broken(Address peer, PartContext context) {}

    /** A member answered a probe by datagram after so long. */
    default void measured(Member member, long roundTripNanos, PartContext context) {}

    /** The wall clock, milliseconds since 1970; about once a second while anything happens. */
    default void wallClock(long epochMillis, PartContext context) {}
}
