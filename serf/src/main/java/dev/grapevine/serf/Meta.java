package dev.grapevine.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tags as a node announces them: byte {@code ff} and a map of text to text from protocol 3 on, else the bare value of the tag
 * {@code role}. Source: hashicorp/serf, serf/serf.go, encodeTags and decodeTags.
 */
public final class Meta {
    /** Bytes a node may announce. */
    public static final int MAX_BYTES = 512;

    private static final int TAGS = 0xFF;

    private Meta() {}

    /** The bytes for {@code tags}; they may be too many. */
    public static Bytes encode(Map<String, String> tags, int serfProtocol) {
        if (serfProtocol < 3) return Bytes.utf8(tags.getOrDefault("role", ""));
        MsgPackWriter to = new MsgPackWriter(Dialect.GOSSIP);
        to.octet(TAGS).map(tags.size());
        tags.forEach((key, value) -> to.text(key).text(value));
        return to.toBytes();
    }

    /** The tags in {@code meta}, in its order; what cannot be read yields none, as with the reference. */
    public static Map<String, String> decode(@Nullable Bytes meta) {
        if (meta == null || meta.size() == 0 || meta.at(0) != TAGS) {
            Map<String, String> role = new LinkedHashMap<>();
            role.put("role", meta == null ? "" : meta.text());
            return role;
        }
        try {
            return SerfMessage.readTags(new MsgPackReader(meta.from(1)));
        } catch (MalformedMessageException e) {
            return new LinkedHashMap<>();
        }
    }
}
