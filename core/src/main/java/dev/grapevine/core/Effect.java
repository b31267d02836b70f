package dev.grapevine.core;

import java.nio.ByteBuffer;

/** What a {@link Machine} asks its driver to do, in order, once {@link Machine#handle} has returned. */
public sealed interface Effect {
    /** Sends {@code packet} (between position and limit; valid until {@link Effects#clear()}) as one datagram. */
    record SendDatagram(Address to, ByteBuffer packet) implements Effect {}

    /**
     * Opens a stream. Answered by {@link Input.StreamConnected} or {@link Input.StreamClosed}.
     *
     * @param stream chosen by the machine, positive, never used before by it
     * @param timeoutNanos how long connecting may take, nanoseconds, {@code > 0}
     */
    record OpenStream(long stream, Address to, long timeoutNanos) implements Effect {}

    /** Writes {@code bytes} (valid until {@link Effects#clear()}) to an open stream; the driver buffers what must wait. */
    record WriteStream(long stream, ByteBuffer bytes) implements Effect {}

    /** Says that we will write no more, after what was written has been sent; the peer may still write. */
    record EndStream(long stream) implements Effect {}

    /** Closes a stream once what was written has been sent. {@link Input.StreamClosed} with {@code LOCAL} follows. */
    record CloseStream(long stream) implements Effect {}

    /** Tells the application what happened. */
    record Publish(Event event) implements Effect {}

    /** Answers an {@link Input.Commanded}; {@code result} is a value of the type its command documents. */
    record Answer(long id, Object result) implements Effect {}

    /** Refuses or fails an {@link Input.Commanded} with a sentence that says what to do. */
    record Refuse(long id, String reason) implements Effect {}

    /** Looks up a host name; answered by {@link Input.Resolved}. */
    record Resolve(String host, int port) implements Effect {}
}
