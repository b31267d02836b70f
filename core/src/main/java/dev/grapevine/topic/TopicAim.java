package dev.grapevine.topic;

/**
 * What a node may spend on topics, and how many members are to hear each rumor. From both follows how many neighbours are told of one; what is
 * measured decides, so it is less on a network that loses nothing. Messages of other promises are repaired and need no wish.
 *
 * @param bytesPerSecond most bytes that this node sends for topics, headers of packets left out, {@code >= 1024}; {@link Long#MAX_VALUE} for
 *     no limit. A publisher waits for it; what others published is passed on by the tree all the same
 * @param coverage share of the members that is to hear a rumor, {@code 0.5..0.999999}; 0 for no wish: all neighbours are told
 */
public record TopicAim(long bytesPerSecond, double coverage) {
    /** No limit and no wish. */
    public static final TopicAim NONE = new TopicAim(Long.MAX_VALUE, 0);

    public TopicAim {
        if (bytesPerSecond < 1024)
            throw new IllegalArgumentException("bytesPerSecond must be at least 1024, not " + bytesPerSecond);
        if (coverage != 0 && !(coverage >= 0.5 && coverage <= 0.999_999))
            throw new IllegalArgumentException("coverage must be 0 or in 0.5..0.999999, not " + coverage);
    }

    /** Whether anything is to be held. */
    public boolean isSet() {
        return coverage > 0 || bytesPerSecond < Long.MAX_VALUE;
    }
}
