package dev.grapevine.serf.rpc;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The commands by name, and what follows their headers. */
public enum RpcCommand {
    /** See {@link RpcRequest.Handshake}. */
    HANDSHAKE("handshake", true, false),
    /** See {@link RpcRequest.Auth}. */
    AUTH("auth", true, false),
    /** See {@link RpcRequest.Event}. */
    EVENT("event", true, false),
    /** See {@link RpcRequest.ForceLeave}. */
    FORCE_LEAVE("force-leave", true, false),
    /** See {@link RpcRequest.Join}. */
    JOIN("join", true, true),
    /** See {@link RpcRequest.Members}. */
    MEMBERS("members", false, true),
    /** See {@link RpcRequest.MembersFiltered}. */
    MEMBERS_FILTERED("members-filtered", true, true),
    /** See {@link RpcRequest.Tags}. */
    TAGS("tags", true, false),
    /** See {@link RpcRequest.Stream}. */
    STREAM("stream", true, false),
    /** See {@link RpcRequest.Monitor}. */
    MONITOR("monitor", true, false),
    /** See {@link RpcRequest.Stop}. */
    STOP("stop", true, false),
    /** See {@link RpcRequest.Leave}. */
    LEAVE("leave", false, false),
    /** See {@link RpcRequest.Query}. */
    QUERY("query", true, false),
    /** See {@link RpcRequest.Respond}. */
    RESPOND("respond", true, false),
    /** See {@link RpcRequest.InstallKey}. */
    INSTALL_KEY("install-key", true, true),
    /** See {@link RpcRequest.UseKey}. */
    USE_KEY("use-key", true, true),
    /** See {@link RpcRequest.RemoveKey}. */
    REMOVE_KEY("remove-key", true, true),
    /** See {@link RpcRequest.ListKeys}. */
    LIST_KEYS("list-keys", false, true),
    /** See {@link RpcRequest.Stats}. */
    STATS("stats", false, true),
    /** See {@link RpcRequest.GetCoordinate}. */
    GET_COORDINATE("get-coordinate", true, true);

    private static final Map<String, RpcCommand> BY_NAME = new LinkedHashMap<>();

    static {
        for (RpcCommand command : values()) BY_NAME.put(command.wireName, command);
    }

    private final String wireName;
    private final boolean asksWithBody;
    private final boolean answersWithBody;

    RpcCommand(String wireName, boolean asksWithBody, boolean answersWithBody) {
        this.wireName = wireName;
        this.asksWithBody = asksWithBody;
        this.answersWithBody = answersWithBody;
    }

    /** The command with this name, or null. */
    public static @Nullable RpcCommand named(String wireName) {
        return BY_NAME.get(wireName);
    }

    /** The command that carries {@code request}. */
    public static RpcCommand of(RpcRequest request) {
        return switch (request) {
            case RpcRequest.Handshake ignored -> HANDSHAKE;
            case RpcRequest.Auth ignored -> AUTH;
            case RpcRequest.Event ignored -> EVENT;
            case RpcRequest.ForceLeave ignored -> FORCE_LEAVE;
            case RpcRequest.Join ignored -> JOIN;
            case RpcRequest.Members ignored -> MEMBERS;
            case RpcRequest.MembersFiltered ignored -> MEMBERS_FILTERED;
            case RpcRequest.Tags ignored -> TAGS;
            case RpcRequest.Stream ignored -> STREAM;
            case RpcRequest.Monitor ignored -> MONITOR;
            case RpcRequest.Stop ignored -> STOP;
            case RpcRequest.Leave ignored -> LEAVE;
            case RpcRequest.Query ignored -> QUERY;
            case RpcRequest.Respond ignored -> RESPOND;
            case RpcRequest.InstallKey ignored -> INSTALL_KEY;
            case RpcRequest.UseKey ignored -> USE_KEY;
            case RpcRequest.RemoveKey ignored -> REMOVE_KEY;
            case RpcRequest.ListKeys ignored -> LIST_KEYS;
            case RpcRequest.Stats ignored -> STATS;
            case RpcRequest.GetCoordinate ignored -> GET_COORDINATE;
        };
    }

    /** The name in the header. */
    public String wireName() {
        return wireName;
    }

    /** Whether a body follows the request's header. */
    public boolean asksWithBody() {
        return asksWithBody;
    }

    /**
     * Whether a body follows the answer's header: then also after an error, except {@link RpcErrors#AUTH_REQUIRED}. A
     * client waits for it in any case.
     */
    public boolean answersWithBody() {
        return answersWithBody;
    }
}
