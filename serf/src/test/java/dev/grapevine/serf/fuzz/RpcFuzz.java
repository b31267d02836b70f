package dev.grapevine.serf.fuzz;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import dev.grapevine.serf.rpc.RpcCommand;
import dev.grapevine.serf.rpc.RpcHeader;
import dev.grapevine.serf.rpc.RpcReader;
import dev.grapevine.serf.rpc.RpcRequest;
import dev.grapevine.serf.rpc.RpcWriter;

/** What a client says on the RPC port: refused, or written again to something that reads as the same. */
public final class RpcFuzz {
    private RpcFuzz() {}

    /** For fuzzers, which find it by its name. */
    public static void fuzzerTestOneInput(byte[] input) {
        MsgPackReader in = new MsgPackReader(Bytes.of(input));
        RpcRequest request;
        RpcHeader.Request header;
        try {
            header = RpcReader.requestHeader(in);
            RpcCommand command = RpcCommand.named(header.command());
            if (command == null) return;
            request = RpcReader.request(command, in);
        } catch (MalformedMessageException refused) {
            return;
        }
        MsgPackWriter out = new MsgPackWriter(Dialect.MODERN);
        RpcWriter.request(request, header.seq(), out);
        MsgPackReader again = new MsgPackReader(out.toBytes());
        RpcHeader.Request headerAgain = RpcReader.requestHeader(again);
        RpcCommand command = RpcCommand.named(headerAgain.command());
        if (command == null || !headerAgain.equals(header))
            throw new IllegalStateException(header + " became " + headerAgain);
        RpcRequest requestAgain = RpcReader.request(command, again);
        if (!requestAgain.equals(request)) throw new IllegalStateException(request + " became " + requestAgain);
    }
}
