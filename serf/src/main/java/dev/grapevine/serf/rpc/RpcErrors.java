package dev.grapevine.serf.rpc;

/** Error texts that clients compare or people know. Source: hashicorp/serf, cmd/serf/command/agent/ipc.go. */
public final class RpcErrors {
    /** The command is not known; the connection ends, since the length of its body is not known either. */
    public static final String UNSUPPORTED_COMMAND = "Unsupported command";

    /** The handshake asked for a version other than 1. */
    public static final String UNSUPPORTED_VERSION = "Unsupported IPC version";

    /** A second handshake. */
    public static final String DUPLICATE_HANDSHAKE = "Handshake already performed";

    /** Something else came first; the connection ends. */
    public static final String HANDSHAKE_REQUIRED = "Handshake required";

    /** A second monitor on one connection. */
    public static final String MONITOR_EXISTS = "Monitor already exists";

    /** A stream's filter names no known event. */
    public static final String INVALID_FILTER = "Invalid event filter";

    /** A second stream with the same sequence number. */
    public static final String STREAM_EXISTS = "Stream with given sequence exists";

    /** A response to a query that is over or never was. */
    public static final String INVALID_QUERY_ID = "No pending queries matching ID";

    /** The one error after which no body follows, whatever the command. */
    public static final String AUTH_REQUIRED = "Authentication required";

    /** The wrong secret. */
    public static final String INVALID_AUTH_TOKEN = "Invalid authentication token";

    private RpcErrors() {}
}
