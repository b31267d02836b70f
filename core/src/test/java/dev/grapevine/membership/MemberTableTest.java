package dev.grapevine.membership;

import static dev.grapevine.membership.Members.member;
import static dev.grapevine.membership.Members.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemberTableTest {
    @ParameterizedTest(name = "-Dgrapevine.seed={0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void theTableBehavesAsAMapWhateverIsAddedChangedAndRemoved(long seed) {
        RandomGenerator random = random(seed);
        MemberTable table = new MemberTable();
        Map<String, Member> model = new LinkedHashMap<>();
        for (int step = 0; step < 20_000; step++) {
            int id = random.nextInt(300);
            Entry entry = table.get("n" + id);
            assertThat(entry == null ? null : entry.member).isEqualTo(model.get("n" + id));
            Member next = member(id, 1000, random.nextInt(9), Status.values()[random.nextInt(4)]);
            if (entry == null) {
                table.add(next, Members.NOW);
                model.put(next.name(), next);
            } else if (random.nextInt(3) == 0) {
                table.remove(entry);
                model.remove(next.name());
            } else {
                table.update(entry, next);
                model.put(next.name(), next);
            }
            if (step % 97 == 0) agrees(table, model);
        }
        agrees(table, model);
    }

    private static void agrees(MemberTable table, Map<String, Member> model) {
        assertThat(table.size()).isEqualTo(model.size());
        assertThat(table.live())
                .isEqualTo((int) model.values().stream().filter(Member::isLive).count());
        assertThat(table.suspects()).isEqualTo(count(model, Status.SUSPECT));
        assertThat(table.failed()).isEqualTo(count(model, Status.FAILED));
        int digest = 0;
        for (Member member : model.values()) if (member.status() != Status.LEFT) digest ^= member.versionHash();
        assertThat(table.digest()).isEqualTo(digest);
        Set<Member> rows = new HashSet<>();
        for (int i = 0; i < table.size(); i++) {
            assertThat(table.row(i).index).isEqualTo(i);
            rows.add(table.row(i).member);
        }
        assertThat(rows).isEqualTo(new HashSet<>(model.values()));
        for (int bits = Digests.MIN_BITS; bits <= 10; bits += 3) everyMemberStandsInItsBucket(table, bits);
    }

    private static void everyMemberStandsInItsBucket(MemberTable table, int bits) {
        int found = 0;
        for (int bucket = 0; bucket < 1 << bits; bucket++) {
            List<Entry> members = new ArrayList<>();
            table.inBucket(bucket, bits, members);
            assertThat(members).doesNotHaveDuplicates();
            for (Entry entry : members)
                assertThat(Digests.bucket(entry.member.name(), bits)).isEqualTo(bucket);
            found += members.size();
        }
        assertThat(found).isEqualTo(table.size());
    }

    private static int count(Map<String, Member> model, Status status) {
        return (int) model.values().stream().filter(m -> m.status() == status).count();
    }

    @ParameterizedTest(name = "{0} wanted of 60")
    @ValueSource(ints = {1, 3, 8, 30, 57, 58, 100})
    void aSampleIsDistinctLiveAndUniform(int wanted) {
        MemberTable table = new MemberTable();
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < 60; i++) entries.add(table.add(member(i), Members.NOW));
        for (int i = 60; i < 75; i++)
            table.add(member(i, 1000, 0, i % 2 == 0 ? Status.FAILED : Status.LEFT), Members.NOW);
        RandomGenerator random = random(wanted);
        int[] hits = new int[60];
        int runs = 6_000;
        int expected = Math.min(wanted, 58);
        for (int run = 0; run < runs; run++) {
            Entry[] drawn = new Entry[wanted];
            int count = table.sample(drawn, wanted, entries.get(0), entries.get(1), random);
            assertThat(count).isEqualTo(expected);
            Set<Entry> distinct = new HashSet<>();
            for (int i = 0; i < count; i++) {
                distinct.add(drawn[i]);
                hits[entries.indexOf(drawn[i])]++;
            }
            assertThat(distinct).hasSize(count);
        }
        assertThat(hits[0]).isZero();
        assertThat(hits[1]).isZero();
        double share = expected / 58.0;
        double sd = Math.sqrt(runs * share * (1 - share));
        for (int i = 2; i < 60; i++)
            assertThat((double) hits[i]).isBetween(runs * share - 5 * sd, runs * share + 5 * sd);
    }

    @Test
    void theSuspicionOfAMemberDoesNotChangeTheDigestButItsFailureDoes() {
        MemberTable table = new MemberTable();
        Entry entry = table.add(member(1), Members.NOW);
        int alive = table.digest();
        table.update(entry, member(1, 1000, 0, Status.SUSPECT));
        assertThat(table.digest()).isEqualTo(alive);
        table.update(entry, member(1, 1000, 0, Status.FAILED));
        assertThat(table.digest()).isNotEqualTo(alive);
        table.update(entry, member(1, 1000, 1, Status.LEFT));
        assertThat(table.digest()).isZero();
    }
}
