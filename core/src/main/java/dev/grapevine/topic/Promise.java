package dev.grapevine.topic;

/** What a publisher is promised of its messages. Each kind delivers a message at most once per node and life of that node. */
public enum Promise {
    /**
     * Best effort, the least traffic: a tree and announcements, nothing is kept for long. A member that is there, and whose links lose no more
     * than a tenth of what they carry, misses fewer than one message in a hundred; beyond that nothing is promised but at most once.
     */
    RUMOR(64 << 10),
    /** Every member of the view gets it within the retention window, those who join late or were away included. */
    REPAIRED(1 << 20),
    /** Likewise, and each publisher's messages in the order of publishing. */
    ORDERED(1 << 20);

    private final int maxBytes;

    Promise(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Largest payload, bytes. */
    public int maxBytes() {
        return maxBytes;
    }

    /** Whether links are acknowledged and digests compared. */
    public boolean isReliable() {
        return this != RUMOR;
    }
}
