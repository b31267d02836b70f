package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;

/** The one message that a side sends on a stream. */
public sealed interface StreamMessage {
    /** Are you there, by stream because datagrams may be lost or blocked. */
    record PingOnStream(Message.Ping ping) implements StreamMessage {}

    /** The answer to a ping. */
    record AckOnStream(Message.Ack ack) implements StreamMessage {}

    /** What went wrong, in words. */
    record ErrOnStream(Message.Err err) implements StreamMessage {}

    /** A message of the layer above: type byte 8, map{UserMsgLen}, then the bytes. */
    record UserOnStream(Bytes payload) implements StreamMessage {}

    /** A full exchange's half. */
    record PushPullOnStream(PushPull pushPull) implements StreamMessage {}
}
