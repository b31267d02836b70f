package dev.grapevine.agent.serf;

import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import dev.grapevine.serf.rpc.RpcBody;
import dev.grapevine.serf.rpc.RpcWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What goes to one client: whole answers and records, never one inside another. Blocks while the client does not read. */
final class RpcOutput {
    private final OutputStream out;
    private final MsgPackWriter writer = new MsgPackWriter(Dialect.MODERN);
    private final ReentrantLock lock = new ReentrantLock(); // not a monitor, which would pin its carrier on older JDKs

    RpcOutput(OutputStream out) {
        this.out = out;
    }

    /** Sends a header and, if there is one, a body. */
    void send(String error, long seq, @Nullable RpcBody body) throws IOException {
        lock.lock();
        try {
            RpcWriter.response(error, seq, body, writer.clear());
            out.write(writer.toBytes().array());
        } finally {
            lock.unlock();
        }
    }
}
