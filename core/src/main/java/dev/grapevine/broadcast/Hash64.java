package dev.grapevine.broadcast;

/**
 * Hashes that are the same on every node and in every JVM: FNV-1a over UTF-16 units and the finalizer of SplitMix64. Not
 * cryptographic: members of one cluster trust each other not to forge colliding keys, and a collision is refused, not merged.
 */
final class Hash64 {
    private static final long FNV_OFFSET = 0xCBF2_9CE4_8422_2325L;
    private static final long FNV_PRIME = 0x0000_0100_0000_01B3L;

    private Hash64() {}

    static long of(String text) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < text.length(); i++) hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        return mix(hash ^ text.length());
    }

    /** Joins two hashes; the order matters. */
    static long join(long first, long second) {
        return mix(first * 31 + mix(second));
    }

    static long mix(long bits) {
        bits = (bits ^ bits >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D0_49BB_1331_11EBL;
        return bits ^ bits >>> 31;
    }
}
