package dev.grapevine.membership;

import dev.grapevine.core.Address;
import dev.grapevine.wire.Wire;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a member. Identity is {@code name} and {@code generation}; the address is an attribute that may change.
 *
 * @param name stable across restarts, unique in the cluster, 1 to {@link #MAX_NAME_BYTES} bytes of UTF-8
 * @param generation grows with every start of the process, {@code 0..MAX_GENERATION}; milliseconds of the wall clock will do
 * @param incarnation grows with every change that the member itself makes, refutations included, {@code 0..MAX_INCARNATION}
 * @param address where it takes datagrams and streams
 * @param minProtocol oldest version of the native protocol it speaks, {@code 1..255}
 * @param maxProtocol newest version it speaks, {@code minProtocol..255}
 */
public record Member(
        String name,
        long generation,
        long incarnation,
        Status status,
        Address address,
        Tags tags,
        int minProtocol,
        int maxProtocol) {
    /** Most bytes of a name in UTF-8. */
    public static final int MAX_NAME_BYTES = 128;

    /** Generations fit 48 bits: milliseconds until the year 10889. */
    public static final long MAX_GENERATION = (1L << 48) - 1;

    /** A refutation needs a larger one, so claims near the end of the range are malformed and cannot lock a member out. */
    public static final long MAX_INCARNATION = (1L << 40) - 1;

    public Member {
        if (!Wire.isText(name))
            throw new IllegalArgumentException("a name is Unicode text: half of a surrogate pair stands alone in it");
        int bytes = Wire.utf8Size(name);
        if (bytes == 0 || bytes > MAX_NAME_BYTES)
            throw new IllegalArgumentException("a name has 1 to " + MAX_NAME_BYTES + " bytes of UTF-8, not " + bytes);
        if (generation < 0 || generation > MAX_GENERATION)
            throw new IllegalArgumentException("generation " + generation + " is not in 0.." + MAX_GENERATION);
        if (incarnation < 0 || incarnation > MAX_INCARNATION)
            throw new IllegalArgumentException("incarnation " + incarnation + " is not in 0.." + MAX_INCARNATION);
        if (minProtocol < 1 || maxProtocol < minProtocol || maxProtocol > 255)
            throw new IllegalArgumentException("protocols " + minProtocol + ".." + maxProtocol + " are not in 1..255");
    }

    // By hand, and what differs most often first: a storm of joins compares members by the million.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof Member member
                        && incarnation == member.incarnation
                        && generation == member.generation
                        && status == member.status
                        && minProtocol == member.minProtocol
                        && maxProtocol == member.maxProtocol
                        && name.equals(member.name)
                        && address.equals(member.address)
                        && tags.equals(member.tags);
    }

    @Override
    public int hashCode() {
        return versionHash();
    }

    /** About what this member takes on the wire, bytes. */
    int sizeBytes() {
        return 28 + name.length() + tags.sizeBytes();
    }

    /** Alive or suspect: it is probed, gossiped with and counted. */
    public boolean isLive() {
        return status == Status.ALIVE || status == Status.SUSPECT;
    }

    /** The same member at another status and incarnation. */
    public Member as(Status status, long incarnation) {
        if (status == this.status && incarnation == this.incarnation) return this; // so that shared ones stay shared
        return new Member(name, generation, incarnation, status, address, tags, minProtocol, maxProtocol);
    }

    /** The same member with other tags at another incarnation. */
    public Member with(Tags tags, long incarnation) {
        return new Member(name, generation, incarnation, status, address, tags, minProtocol, maxProtocol);
    }

    /** The same member at another address and incarnation. */
    public Member at(Address address, long incarnation) {
        return new Member(name, generation, incarnation, status, address, tags, minProtocol, maxProtocol);
    }

    /**
     * This member alive, with a claim that beats any made of it at {@code incarnation} or below: the next incarnation, or when there is
     * none the next generation. At the end of both nothing newer can be said, and the claim is this member's own, unchanged.
     *
     * @param incarnation to be beaten, {@code 0..MAX_INCARNATION}
     */
    Member outbidding(long incarnation) {
        if (incarnation < MAX_INCARNATION) return as(Status.ALIVE, incarnation + 1);
        return generation < MAX_GENERATION ? reborn(generation + 1) : this;
    }

    /** This member alive as if started anew. */
    Member reborn(long generation) {
        return new Member(name, generation, 0, Status.ALIVE, address, tags, minProtocol, maxProtocol);
    }

    /**
     * Whether a claim beats this knowledge: newest generation first, then newest incarnation, then the graver status. A total
     * order, so merging is commutative, associative and idempotent whatever the route of the news.
     */
    public boolean isOlderThan(long generation, long incarnation, Status status) {
        if (this.generation != generation) return this.generation < generation;
        if (this.incarnation != incarnation) return this.incarnation < incarnation;
        return this.status.compareTo(status) < 0;
    }

    /** 64 bits that spread names evenly; the same in every JVM. */
    public static long hash(String name) {
        long hash = 0xCBF2_9CE4_8422_2325L;
        for (int i = 0, n = name.length(); i < n; i++) hash = (hash ^ name.charAt(i)) * 0x0000_0100_0000_01B3L;
        return mix(hash);
    }

    /** 32 bits of the identity that a probe names, so that an heir of the address does not answer for the dead; never 0. */
    public int identityTag() {
        int tag = (int) mix(hash(name) ^ generation * 0x9E37_79B9_7F4A_7C15L);
        return tag == 0 ? 1 : tag;
    }

    /**
     * 32 bits of everything that members must agree on in the long run; never 0. Suspicion passes, so a suspect counts as alive.
     */
    public int versionHash() {
        return versionHash(hash(name));
    }

    /** The same for a name whose hash is known. */
    int versionHash(long nameHash) {
        int settled = status == Status.SUSPECT ? 0 : status.ordinal();
        int hash = (int) mix(mix(nameHash ^ generation) + incarnation * 4 + settled);
        return hash == 0 ? 1 : hash;
    }

    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }

    @Override
    public String toString() {
        return name + "@" + address + " " + status + " generation " + generation + " incarnation " + incarnation;
    }
}
