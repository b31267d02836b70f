package dev.grapevine.membership;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Anti-entropy of the member table, digests first. Probes carry a hash of the whole table, so agreement costs nothing. Where it differs,
 * hashes of buckets find where, summaries of those buckets find who, and only their rows move. Every step is answered from what its
 * message says: no state is kept for an exchange, so none can be lost or held open.
 */
final class Sync {
    private static final int MAX_SUMMARY = 120; // members of one summary: it fits a packet
    private static final int MAX_PULL = 240; // 960 bytes: it fits a packet
    private static final int MAX_SERVED = 64; // requests answered per gossip period
    private static final int BEHIND_TRIES = 24;
    private static final int FORCED_SYNCS = 10; // sync periods after which a difference is looked at even amid changes

    private final Turn turn;
    private final View view;
    private long startedNanos = Long.MIN_VALUE / 2;
    private int behindTries;
    private long servedSinceNanos;
    private int served;

    Sync(Turn turn, View view) {
        this.turn = turn;
        this.view = view;
    }

    /** Another table differs from ours. */
    void noticed(Route from, int digest) {
        if (digest == turn.digest()) {
            behindTries = 0;
            turn.timers.cancel(new Timer.SyncDue());
            return;
        }
        long sinceSync = turn.nowNanos - startedNanos;
        if (sinceSync < turn.settings.syncNanos()) return;
        // News still on its way explains a difference: wait until it has had the time to arrive.
        boolean settled = turn.queue.isEmpty() && turn.nowNanos - turn.changedNanos >= 2 * turn.settings.gossipNanos();
        if (settled || sinceSync >= FORCED_SYNCS * turn.settings.syncNanos()) request(from);
    }

    /** This node has just joined or met somebody again: it asks around until somebody's table is the same. */
    void behind() {
        behindTries = BEHIND_TRIES;
        if (!turn.timers.isSet(new Timer.SyncDue())) turn.timers.set(new Timer.SyncDue(), turn.nowNanos);
    }

    void due() {
        if (behindTries-- <= 0) return;
        Entry[] drawn = new Entry[1];
        if (turn.table.sample(drawn, 1, turn.self, null, turn.random) == 1)
            request(Route.datagram(drawn[0].member.address()));
        turn.timers.set(new Timer.SyncDue(), turn.nowNanos + turn.jittered(turn.settings.gossipNanos() / 2));
    }

    void request(Route to) {
        startedNanos = turn.nowNanos;
        int bits = Digests.bits(turn.table.size());
        turn.send(to, new Message.SyncRequest(bits, Digests.buckets(turn.table, bits)));
        turn.effects.add(new Membership.Effect.Differs(to.address()));
    }

    void onRequest(Message.SyncRequest request, Route from) {
        if (turn.nowNanos - servedSinceNanos >= turn.settings.gossipNanos()) {
            servedSinceNanos = turn.nowNanos;
            served = 0;
        }
        if (++served > MAX_SERVED) return;
        int bits = request.bits();
        int[] theirs = request.hashes();
        int[] ours = Digests.buckets(turn.table, bits);
        int buckets = 1 << bits;
        // The answer is limited: starting anywhere, repeated requests get all of it.
        int offset = turn.random.nextInt(buckets);
        List<List<Member>> byBucket = membersOf(bits, ours, theirs);
        int budget = turn.settings.syncBytes();
        boolean same = true;
        for (int i = 0; i < buckets && budget > 0; i++) {
            int bucket = offset + i & buckets - 1;
            if (ours[bucket] == theirs[bucket]) continue;
            same = false;
            List<Member> members = byBucket.get(bucket);
            budget -= theirs[bucket] == 0 ? sendAll(members, from) : sendSummary(bits, bucket, members, from);
        }
        if (same) turn.send(from, new Message.SyncPull(new int[0]));
    }

    private List<List<Member>> membersOf(int bits, int[] ours, int[] theirs) {
        List<List<Member>> byBucket = new ArrayList<>(1 << bits);
        for (int i = 0; i < 1 << bits; i++) byBucket.add(ours[i] == theirs[i] ? new ArrayList<>(0) : new ArrayList<>());
        for (int i = 0; i < turn.table.size(); i++) {
            int bucket = Digests.bucket(turn.table.nameHash(i), bits);
            if (ours[bucket] == theirs[bucket] || turn.table.versionHash(i) == 0) continue;
            byBucket.get(bucket).add(turn.table.row(i).member);
        }
        return byBucket;
    }

    private int sendAll(List<Member> members, Route to) {
        int bytes = 0;
        for (Member member : members) {
            turn.send(to, new Message.Known(member));
            bytes += member.sizeBytes();
        }
        return bytes;
    }

    private int sendSummary(int bits, int bucket, List<Member> members, Route to) {
        members.sort((a, b) -> Integer.compareUnsigned(Digests.nameTag(a.name()), Digests.nameTag(b.name())));
        int low = 0;
        for (int start = 0; start == 0 || start < members.size(); start += MAX_SUMMARY) {
            int count = Math.min(members.size() - start, MAX_SUMMARY);
            int[] names = new int[count];
            int[] versions = new int[count];
            for (int i = 0; i < count; i++) {
                names[i] = Digests.nameTag(members.get(start + i).name());
                versions[i] = members.get(start + i).versionHash();
            }
            int high = start + count == members.size() ? -1 : names[count - 1];
            turn.send(to, new Message.SyncSummary(bits, bucket, low, high, names, versions));
            low = high + 1;
        }
        return 16 + 8 * members.size();
    }

    void onSummary(Message.SyncSummary summary, Route from) {
        Map<Integer, Integer> theirs = new LinkedHashMap<>();
        for (int i = 0; i < summary.nameTags().length; i++) theirs.put(summary.nameTags()[i], summary.versions()[i]);
        for (int i = 0; i < turn.table.size(); i++) {
            long hash = turn.table.nameHash(i);
            if (Digests.bucket(hash, summary.bits()) != summary.bucket()) continue;
            int tag = (int) hash;
            if (Integer.compareUnsigned(tag, summary.low()) < 0 || Integer.compareUnsigned(tag, summary.high()) > 0)
                continue;
            Integer version = theirs.remove(tag);
            // What we know to have left is told only to who still counts it.
            if (version == null ? turn.table.versionHash(i) != 0 : version != turn.table.versionHash(i))
                turn.send(from, new Message.Known(turn.table.row(i).member));
        }
        int wanted = Math.min(MAX_PULL, theirs.size());
        if (wanted == 0) return;
        int[] pull = new int[wanted];
        int i = 0;
        for (int tag : theirs.keySet()) if (i < wanted) pull[i++] = tag;
        turn.send(from, new Message.SyncPull(pull));
    }

    void onPull(Message.SyncPull pull, Route from) {
        if (pull.nameTags().length == 0) {
            // "Nothing differs": the answer to a request.
            behindTries = 0;
            turn.timers.cancel(new Timer.SyncDue());
            return;
        }
        int[] wanted = pull.nameTags().clone();
        Arrays.sort(wanted);
        int budget = turn.settings.syncBytes();
        for (int i = 0; i < turn.table.size() && budget > 0; i++) {
            if (turn.table.versionHash(i) == 0 || Arrays.binarySearch(wanted, (int) turn.table.nameHash(i)) < 0)
                continue;
            Member member = turn.table.row(i).member;
            turn.send(from, new Message.Known(member));
            budget -= member.sizeBytes();
        }
    }

    void onKnown(Message.Known known, Route from) {
        Member claim = known.member();
        Entry entry = turn.table.get(claim.name());
        if (entry == turn.self) {
            view.aboutSelf(claim.generation(), claim.incarnation(), claim.status(), claim, from);
            return;
        }
        if (entry != null && !entry.member.isOlderThan(claim.generation(), claim.incarnation(), claim.status())) {
            // Ours is newer: give it back, so that one exchange mends both.
            Member ours = entry.member;
            if (claim.isOlderThan(ours.generation(), ours.incarnation(), ours.status())
                    && ours.versionHash() != claim.versionHash()) turn.send(from, new Message.Known(ours));
            return;
        }
        switch (claim.status()) {
            case ALIVE -> view.learn(claim, 1, from);
            case SUSPECT -> {
                view.learn(claim, 1, from);
                Entry now = turn.table.get(claim.name());
                if (now != null && now.suspicion == null && now.member.isLive())
                    view.suspicions().doubt(now, claim.incarnation(), from);
            }
            case FAILED -> {
                if (entry == null) view.rememberGone(claim, from);
                else if (entry.member.isLive()) {
                    if (entry.member.generation() < claim.generation()) view.learn(claim, 1, from);
                    view.suspicions().doubt(entry, claim.incarnation(), from);
                } else {
                    view.replace(entry, claim);
                    view.scheduleRevive(entry);
                }
            }
            case LEFT -> {
                if (entry != null)
                    view.onLeft(
                            new Message.Update.Left(
                                    claim.name(), claim.generation(), claim.incarnation(), claim.name(), 1),
                            from);
            }
        }
    }
}
