package dev.grapevine.serf.memberlist;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.MsgPackReader;
import org.jspecify.annotations.Nullable;

/** The fields of all small messages: a name means the same in each of them. */
final class MessageFields {
    long seqNo;
    long incarnation;
    String node = "";
    String from = "";
    String sourceNode = "";
    String error = "";
    int port;
    int sourcePort;
    boolean nack;

    @Nullable
    Bytes addr;

    @Nullable
    Bytes sourceAddr;

    @Nullable
    Bytes target;

    @Nullable
    Bytes meta;

    @Nullable
    Bytes vsn;

    @Nullable
    Bytes payload;

    void read(MsgPackReader in) {
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "SeqNo" -> seqNo = in.unsigned(32);
                case "Incarnation" -> incarnation = in.unsigned(32);
                case "Node" -> node = in.text();
                case "From" -> from = in.text();
                case "SourceNode" -> sourceNode = in.text();
                case "Error" -> error = in.text();
                case "Port" -> port = (int) in.unsigned(16);
                case "SourcePort" -> sourcePort = (int) in.unsigned(16);
                case "Nack" -> nack = in.bool();
                case "Addr" -> addr = in.bytes();
                case "SourceAddr" -> sourceAddr = in.bytes();
                case "Target" -> target = in.bytes();
                case "Meta" -> meta = in.bytes();
                case "Vsn" -> vsn = in.bytes();
                case "Payload" -> payload = in.bytes();
                default -> in.skip();
            }
        }
    }
}
