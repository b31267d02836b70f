package dev.grapevine.membership;

import static dev.grapevine.membership.Members.address;
import static dev.grapevine.membership.Members.member;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MemberTest {
    private static List<Member> claims() {
        List<Member> claims = new ArrayList<>();
        for (long generation = 1; generation <= 2; generation++)
            for (long incarnation = 0; incarnation <= 2; incarnation++)
                for (Status status : Status.values()) claims.add(member(1, generation, incarnation, status));
        return claims;
    }

    private static Member merge(Member a, Member b) {
        return a.isOlderThan(b.generation(), b.incarnation(), b.status()) ? b : a;
    }

    @Test
    void mergingClaimsIsCommutativeAssociativeAndIdempotent() {
        for (Member a : claims())
            for (Member b : claims()) {
                assertThat(merge(a, a)).isEqualTo(a);
                assertThat(merge(a, b)).isEqualTo(merge(b, a));
                for (Member c : claims()) assertThat(merge(merge(a, b), c)).isEqualTo(merge(a, merge(b, c)));
            }
    }

    @Test
    void theOrderIsSwimsWithinAGeneration() {
        // SWIM §4.2: alive {i} beats suspect {j < i}; suspect {i} beats alive {j <= i}; confirm beats both at its
        // incarnation.
        assertThat(member(1, 1, 1, Status.SUSPECT).isOlderThan(1, 2, Status.ALIVE))
                .isTrue();
        assertThat(member(1, 1, 1, Status.SUSPECT).isOlderThan(1, 1, Status.ALIVE))
                .isFalse();
        assertThat(member(1, 1, 1, Status.ALIVE).isOlderThan(1, 1, Status.SUSPECT))
                .isTrue();
        assertThat(member(1, 1, 1, Status.SUSPECT).isOlderThan(1, 1, Status.FAILED))
                .isTrue();
        assertThat(member(1, 9, 9, Status.LEFT).isOlderThan(10, 0, Status.ALIVE))
                .isTrue();
    }

    @Test
    void whatIsOutOfRangeIsRefusedWithItsValue() {
        assertThatThrownBy(() -> named("")).hasMessageContaining("not 0");
        assertThatThrownBy(() -> named("a\ud83d")).hasMessageContaining("surrogate");
        assertThatThrownBy(() -> named("\ude00\ud83d")).hasMessageContaining("surrogate");
        assertThat(named("\ud83d\ude00")).isNotNull();
        assertThat(named("ä".repeat(64)).name()).hasSize(64);
        assertThatThrownBy(() -> named("ä".repeat(65)))
                .hasMessageContaining("128")
                .hasMessageContaining("130");
        assertThatThrownBy(() -> member(1, -1, 0, Status.ALIVE)).hasMessageContaining("-1");
        assertThatThrownBy(() -> member(1, 0, Member.MAX_INCARNATION + 1, Status.ALIVE))
                .hasMessageContaining("incarnation");
        assertThatThrownBy(() -> new Member("a", 0, 0, Status.ALIVE, address(1), Tags.NONE, 2, 1))
                .hasMessageContaining("2..1");
    }

    private static Member named(String name) {
        return new Member(name, 0, 0, Status.ALIVE, address(1), Tags.NONE, 1, 1);
    }

    @Test
    void hashesOfAHundredThousandMembersSpreadAsRandomOnesDo() {
        Set<Integer> tags = new HashSet<>();
        Set<Integer> versions = new HashSet<>();
        Set<Integer> identities = new HashSet<>();
        int[] buckets = new int[256];
        for (int i = 0; i < 100_000; i++) {
            Member member = member(i);
            tags.add(Digests.nameTag(member.name()));
            versions.add(member.versionHash());
            identities.add(member.identityTag());
            buckets[Digests.bucket(member.name(), 8)]++;
        }
        // Birthday: 10^10/2/2^32 = 1.16 collisions expected of 32 bits; more than 8 has probability 1e-6.
        for (Set<Integer> hashes : List.of(tags, versions, identities))
            assertThat(hashes.size()).isGreaterThan(99_992);
        // 390 expected in a bucket, sd 20.
        for (int bucket : buckets) assertThat(bucket).isBetween(290, 490);
        assertThat(versions).doesNotContain(0);
        assertThat(identities).doesNotContain(0);
    }

    @Test
    void bucketsGrowWithTheClusterSoThatFewMembersShareOne() {
        assertThat(Digests.bits(1)).isEqualTo(4);
        assertThat(Digests.bits(127)).isEqualTo(4);
        assertThat(Digests.bits(128)).isEqualTo(5);
        assertThat(Digests.bits(1_000)).isEqualTo(7);
        assertThat(Digests.bits(1_000_000)).isEqualTo(Digests.MAX_BITS);
    }

    @Test
    void theDigestIsTheSumOfItsBucketsAndEmptyBucketsAreZero() {
        MemberTable table = new MemberTable();
        for (int i = 0; i < 40; i++) table.add(member(i, 1000, 0, Status.values()[i % 4]), Members.NOW);
        int sum = 0;
        for (int bucket : Digests.buckets(table, 4)) sum ^= bucket;
        assertThat(sum).isEqualTo(table.digest());
        assertThat(Digests.buckets(new MemberTable(), 4)).containsOnly(0).hasSize(16);
    }

    // ---- tags ----

    @Test
    void tagsAboveTheLimitAreRefusedWithTheLimit() {
        assertThat(Tags.of(Map.of("k", "v".repeat(507))).sizeBytes()).isEqualTo(512);
        assertThatThrownBy(() -> Tags.of(Map.of("k", "v".repeat(508))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("513 bytes")
                .hasMessageContaining("limit is 512");
        assertThatThrownBy(() -> Tags.of(Map.of("k", "\ud83d"))).hasMessageContaining("surrogate");
        assertThatThrownBy(() -> Tags.of(Map.of("", "v"))).hasMessageContaining("needs a key");
    }

    @Test
    void tagsComeBackInOrderAndOnlyOneEncodingIsGood() {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < 30; i++) map.put("k" + i, "wert-ß" + i);
        Tags tags = Tags.of(map);
        ByteBuffer buffer = ByteBuffer.allocate(1000);
        tags.encode(buffer);
        assertThat(buffer.position()).isEqualTo(tags.sizeBytes());
        assertThat(Tags.decode(buffer.flip())).isEqualTo(tags).hasSameHashCodeAs(tags);
        assertThat(tags.asMap()).isEqualTo(map);
        for (byte[] bad : new byte[][] {
            {2, 1, 'b', 0, 1, 'a', 0}, {2, 1, 'a', 0, 1, 'a', 0}, {1, 0, 0}, {1, 1, 'a'}, {(byte) 171, 1}
        }) assertThatThrownBy(() -> Tags.decode(ByteBuffer.wrap(bad))).isInstanceOf(MalformedPacketException.class);
    }
}
