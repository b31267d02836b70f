package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Event;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Membership;
import dev.grapevine.wire.Encodable;

/** What a {@link Part} may use in the course of a call; it is not to be kept. */
public interface PartContext {
    /** Nanoseconds since this node started. */
    long nowNanos();

    /** Who is there; to be read. */
    Membership membership();

    /**
     * Who is there, as a list. It is of length N: in a storm of changes it is made anew now and then, not for each, so it may be up to
     * half a period old, or half a millisecond a member.
     */
    Roster roster();

    /** Likewise, of this moment. */
    Roster rosterNow();

    /** This node as others know it. */
    Member self();

    /** Bytes of a message that fit one datagram; a larger one goes in a datagram of its own, up to 64 KB. */
    int bodyBytes();

    /** Sends by datagram: messages to one peer that follow each other share a packet. May be lost, repeated or overtaken. */
    void send(Address to, Part from, Encodable message);

    /**
     * Sends by a stream, which is opened when needed and kept while in use: in order, up to 16 MiB a message.
     *
     * @return false if too much waits already for this peer; nothing is sent then, and {@link Part#drained} or {@link Part#broken}
     *     follows when it is worth trying again
     */
    boolean sendByStream(Address to, Part from, Encodable message);

    /** Tells the application. */
    void publish(Event event);

    /** Answers a command. */
    void answer(long id, Object result);

    /** Refuses a command with a sentence that says what to do. */
    void refuse(long id, String reason);
}
