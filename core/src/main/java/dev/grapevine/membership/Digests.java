package dev.grapevine.membership;

/** The hashes by which two tables find out where they differ. Members that left are not in them: they need not be agreed on. */
public final class Digests {
    /** Fewest buckets are {@code 2^MIN_BITS}. */
    public static final int MIN_BITS = 4;

    /** Most buckets are {@code 2^MAX_BITS}: a request for synchronisation fits one packet. */
    public static final int MAX_BITS = 8;

    private Digests() {}

    /** Buckets, as a power of two, such that few members share one. */
    static int bits(int members) {
        return Math.max(MIN_BITS, Math.min(MAX_BITS, 29 - Integer.numberOfLeadingZeros(Math.max(1, members))));
    }

    /** The bucket of a name among {@code 2^bits}. */
    static int bucket(String name, int bits) {
        return bucket(Member.hash(name), bits);
    }

    /** Likewise, of a name's hash. */
    static int bucket(long nameHash, int bits) {
        return (int) (nameHash >>> 64 - bits);
    }

    /** The low half of a name's hash, by which a summary names a member. */
    static int nameTag(String name) {
        return nameTag(Member.hash(name));
    }

    /** Likewise, of a name's hash. */
    static int nameTag(long nameHash) {
        return (int) nameHash;
    }

    /** One hash for each bucket; 0 for an empty one. */
    static int[] buckets(MemberTable table, int bits) {
        int[] hashes = new int[1 << bits];
        for (int i = 0; i < table.size(); i++) {
            hashes[bucket(table.nameHash(i), bits)] ^= table.versionHash(i); // 0 for who has left
        }
        return hashes;
    }
}
