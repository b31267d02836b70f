package dev.grapevine.serf;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MalformedMessageException;
import dev.grapevine.serf.msgpack.MsgPackReader;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.util.List;

/**
 * Who is to answer a query. Type byte 0: list of names; type byte 1: map{Expr, Tag}. Source: hashicorp/serf,
 * serf/messages.go.
 */
public sealed interface QueryFilter {
    /** Only these nodes. */
    record Nodes(List<String> names) implements QueryFilter {}

    /** Only nodes whose {@code tag} ("" if they have none) matches {@code expr} somewhere. */
    record Tag(String tag, String expr) implements QueryFilter {}

    /** The filter with its type byte. */
    default Bytes encoded() {
        MsgPackWriter to = new MsgPackWriter(Dialect.GOSSIP);
        switch (this) {
            case Nodes(List<String> names) -> {
                to.octet(0).list(names.size());
                for (String name : names) to.text(name);
            }
            case Tag(String tag, String expr) ->
                to.octet(1).map(2).text("Expr").text(expr).text("Tag").text(tag);
        }
        return to.toBytes();
    }

    /**
     * Reads a filter with its type byte.
     *
     * @throws MalformedMessageException if it is none, for example empty, which kills agents of the reference
     */
    static QueryFilter decode(Bytes bytes) {
        MsgPackReader in = new MsgPackReader(bytes);
        int type = in.octet();
        if (type == 0) {
            List<String> names = SerfMessageReader.texts(in);
            return new Nodes(names == null ? List.of() : names);
        }
        if (type != 1) throw new MalformedMessageException("unknown filter type " + type, 0);
        String tag = "";
        String expr = "";
        for (int pairs = in.map(); pairs > 0; pairs--) {
            switch (in.text()) {
                case "Tag" -> tag = in.text();
                case "Expr" -> expr = in.text();
                default -> in.skip();
            }
        }
        return new Tag(tag, expr);
    }
}
