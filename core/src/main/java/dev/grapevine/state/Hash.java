package dev.grapevine.state;

/** Hashes that are the same in every JVM: FNV-1a and the finalizer of SplitMix64. Not cryptographic. */
final class Hash {
    private Hash() {}

    static long of(String text) {
        long hash = 0xCBF2_9CE4_8422_2325L;
        for (int i = 0, n = text.length(); i < n; i++) hash = (hash ^ text.charAt(i)) * 0x0000_0100_0000_01B3L;
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
