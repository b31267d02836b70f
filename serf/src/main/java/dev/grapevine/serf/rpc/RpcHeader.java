package dev.grapevine.serf.rpc;

/** What goes before every body, in either direction. */
public sealed interface RpcHeader {
    /** Chosen by the client for each request and repeated in everything that answers it; unsigned 64 bits. */
    long seq();

    /**
     * Map {Command, Seq}.
     *
     * @param command the command's name, for example {@code members-filtered}
     */
    record Request(String command, long seq) implements RpcHeader {}

    /**
     * Map {Error, Seq}.
     *
     * @param error empty when it went well
     */
    record Response(String error, long seq) implements RpcHeader {
        /** Whether there is no error. */
        public boolean ok() {
            return error.isEmpty();
        }
    }
}
