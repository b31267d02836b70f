package dev.grapevine.membership;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Anti-entropy of the member table, digests first. Probes carry a hash of the whole table, so agreement costs nothing. Where it differs,
 * hashes of buckets find where, summaries of those buckets find who, and only their rows move. Every step is answered from what its
 * message says: no state is kept for an exchange, so none can be lost or held open.
 */
final class Sync {
    private static final int MAX_SUMMARY = 120; // members of one summary: it fits a packet
    private static final int MAX_PULL = 240; // 960 bytes: it fits a packet
    private static final int MAX_SERVED = 64; // requests answered per gossip period
    private static final int BEHIND_TRIES = 12;
    private static final int FORCED_SYNCS = 10; // sync periods after which a difference is looked at even amid changes

    private final Turn turn;
    private final View view;
    private long startedNanos = Long.MIN_VALUE / 2;
    private int behindTries;
    private long behindNanos;
    private long servedSinceNanos;
    private int served;

    Sync(Turn turn, View view) {
        this.turn = turn;
        this.view = view;
    }

    /** Another table differs from ours. */
    void noticed(Route from, int digest) {
        if (digest == turn.digest()) {
            same();
            return;
        }
        long sinceSync = turn.nowNanos - startedNanos;
        if (sinceSync < turn.settings.syncNanos()) return;
        // News still on its way explains a difference: wait until it has had the time to arrive.
        boolean settled = turn.queue.isEmpty() && turn.nowNanos - turn.changedNanos >= 2 * turn.settings.gossipNanos();
        if (settled || sinceSync >= FORCED_SYNCS * turn.settings.syncNanos()) request(from);
    }

    /** One that had failed is back: its table is compared at once, whatever else is going on. */
    void meet(Route returned) {
        if (turn.nowNanos - startedNanos >= 2 * turn.settings.gossipNanos()) request(returned);
    }

    /** This node has just joined or met somebody again: it asks around until somebody's table is the same. */
    void behind() {
        behindTries = BEHIND_TRIES;
        behindNanos = turn.nowNanos;
        if (!turn.timers.isSet(new Timer.SyncDue())) turn.timers.set(new Timer.SyncDue(), turn.nowNanos);
    }

    /** Much has just changed everywhere: once that has settled, this node asks around until somebody's table is the same. */
    void checkSoon() {
        behindTries = BEHIND_TRIES;
        behindNanos = turn.nowNanos;
        if (!turn.timers.isSet(new Timer.SyncDue()))
            turn.timers.set(new Timer.SyncDue(), turn.nowNanos + turn.jittered(2 * turn.settings.gossipNanos()));
    }

    /** Whether this node is catching up: whom it gets to know meanwhile is mostly news to nobody else. */
    boolean isBehind() {
        return behindTries > 0;
    }

    /** Somebody's table is the same. */
    private void same() {
        if (behindTries == 0) return;
        // Those who did not know of this node yet when they passed on later news may have passed it by: once more after
        // a round.
        long again = behindNanos + turn.settings.gossipNanos();
        if (turn.nowNanos < again) {
            turn.timers.set(new Timer.SyncDue(), again);
            return;
        }
        behindTries = 0;
        turn.timers.cancel(new Timer.SyncDue());
    }

    void due() {
        if (behindTries <= 0) return;
        int tried = BEHIND_TRIES - behindTries--;
        Entry[] drawn = new Entry[1];
        if (turn.table.sample(drawn, 1, turn.self, null, turn.random) == 1)
            request(Route.datagram(drawn[0].member.address()));
        turn.timers.set(
                new Timer.SyncDue(), turn.nowNanos + turn.jittered((1 + tried) * turn.settings.gossipNanos() / 2));
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
        int budget = turn.settings.syncBytes();
        boolean same = true;
        List<Entry> members = new ArrayList<>();
        for (int i = 0; i < buckets && budget > 0; i++) {
            int bucket = offset + i & buckets - 1;
            if (ours[bucket] == theirs[bucket]) continue;
            same = false;
            members.clear();
            turn.table.inBucket(bucket, bits, members);
            members.removeIf(entry -> entry.member.status() == Status.LEFT);
            budget -= theirs[bucket] == 0 ? sendAll(members, from) : sendSummary(bits, bucket, members, from);
        }
        if (same) turn.send(from, new Message.SyncPull(new int[0]));
    }

    private int sendAll(List<Entry> members, Route to) {
        int bytes = 0;
        for (Entry entry : members) {
            turn.send(to, new Message.Known(entry.member));
            bytes += entry.member.sizeBytes();
        }
        return bytes;
    }

    private int sendSummary(int bits, int bucket, List<Entry> members, Route to) {
        members.sort((a, b) -> Integer.compareUnsigned((int) turn.table.hash(a), (int) turn.table.hash(b)));
        int low = 0;
        for (int start = 0; start == 0 || start < members.size(); start += MAX_SUMMARY) {
            int count = Math.min(members.size() - start, MAX_SUMMARY);
            int[] names = new int[count];
            int[] versions = new int[count];
            for (int i = 0; i < count; i++) {
                Entry entry = members.get(start + i);
                names[i] = Digests.nameTag(turn.table.hash(entry));
                versions[i] = entry.member.versionHash(turn.table.hash(entry));
            }
            int high = start + count == members.size() ? -1 : names[count - 1];
            turn.send(to, new Message.SyncSummary(bits, bucket, low, high, names, versions));
            low = high + 1;
        }
        return 16 + 8 * members.size();
    }

    void onSummary(Message.SyncSummary summary, Route from) {
        int[] tags = summary.nameTags();
        int[] pull = tags.clone(); // what of theirs we lack moves to the front
        boolean[] known = new boolean[tags.length];
        List<Entry> members = new ArrayList<>();
        turn.table.inBucket(summary.bucket(), summary.bits(), members);
        for (Entry entry : members) {
            Member member = entry.member;
            int tag = Digests.nameTag(turn.table.hash(entry));
            if (Integer.compareUnsigned(tag, summary.low()) < 0 || Integer.compareUnsigned(tag, summary.high()) > 0)
                continue;
            int place = 0; // a bucket holds few
            while (place < tags.length && (tags[place] != tag || known[place])) place++;
            boolean theirs = place < tags.length;
            if (theirs) known[place] = true;
            // What we know to have left is told only to who still counts it.
            if (theirs
                    ? summary.versions()[place] != member.versionHash(turn.table.hash(entry))
                    : member.status() != Status.LEFT) turn.send(from, new Message.Known(member));
            if (theirs
                    && member.status() == Status.FAILED
                    && summary.versions()[place] != member.versionHash(turn.table.hash(entry)))
                view.suspicions().ask(entry);
        }
        int wanted = 0;
        for (int i = 0; i < tags.length && wanted < MAX_PULL; i++) if (!known[i]) pull[wanted++] = tags[i];
        if (wanted > 0) turn.send(from, new Message.SyncPull(Arrays.copyOf(pull, wanted)));
    }

    void onPull(Message.SyncPull pull, Route from) {
        if (pull.nameTags().length == 0) {
            // "Nothing differs": the answer to a request.
            same();
            return;
        }
        int[] wanted = pull.nameTags().clone();
        Arrays.sort(wanted);
        int budget = turn.settings.syncBytes();
        for (int i = 0; i < turn.table.size() && budget > 0; i++) {
            Entry entry = turn.table.row(i);
            Member member = entry.member;
            if (member.status() == Status.LEFT
                    || Arrays.binarySearch(wanted, Digests.nameTag(turn.table.hash(entry))) < 0) continue;
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
            if (claim.isLive() && ours.status() == Status.FAILED)
                view.suspicions().ask(entry);
            return;
        }
        switch (claim.status()) {
            case ALIVE -> {
                // Whom a node gets to know while it catches up is news to nobody else.
                if (entry == null && isBehind()) view.learnQuietly(claim, 1, from);
                else view.learn(claim, 1, from);
            }
            case SUSPECT -> {
                view.learn(claim, 1, from);
                Entry now = turn.table.get(claim.name());
                if (now != null && now.suspicion() == null && now.member.isLive())
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
