package dev.grapevine.serf.msgpack;

/**
 * How a {@link MsgPackWriter} spells values. Readers understand all of them at once.
 *
 * <p>Source: hashicorp/go-msgpack, codec/msgpack.go (0.5.5 and v2).
 */
public enum Dialect {
    /**
     * Gossip of memberlist up to 0.2: strings and bytes share the raw family of MessagePack before 2013, non-negative
     * signed integers are spelt like unsigned ones. Every release reads it.
     */
    GOSSIP,
    /** As {@link #GOSSIP}, but fields that are signed use the signed formats, as newer releases write. */
    GOSSIP_SIGNED,
    /** Today's MessagePack, spoken on the RPC port: str8 and the bin family are used. */
    MODERN
}
