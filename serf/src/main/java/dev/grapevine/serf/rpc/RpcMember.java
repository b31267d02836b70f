package dev.grapevine.serf.rpc;

import dev.grapevine.serf.msgpack.Bytes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member as the RPC shows it: a map of eleven keys.
 *
 * @param addr four or sixteen bytes
 * @param port {@code 0..65535}
 * @param status {@code none}, {@code alive}, {@code leaving}, {@code left} or {@code failed}
 * @param protocolMin memberlist's protocol versions, {@code 0..255} each
 * @param delegateMin Serf's protocol versions, {@code 0..255} each
 */
public record RpcMember(
        String name,
        @Nullable Bytes addr,
        int port,
        @Nullable Map<String, String> tags,
        String status,
        int protocolMin,
        int protocolMax,
        int protocolCur,
        int delegateMin,
        int delegateMax,
        int delegateCur) {}
