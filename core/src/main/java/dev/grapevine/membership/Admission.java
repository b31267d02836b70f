package dev.grapevine.membership;

import dev.grapevine.core.Address;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets newcomers in. One that comes alone is welcomed at once, and its news spreads by gossip. Several that come alone, one behind the
 * other, are welcomed at once as well, and their news goes to everybody by a tree over all members. Those who come while the last
 * admission is fresh wait a moment for one another and come in together, by the same tree: each member gets the news once, a newcomer the
 * whole table with it, so that a storm of N joins costs every node its table and the seed no more than the others, and views grow in few
 * steps. What a lost packet keeps from a branch of the tree, the digests in the probes bring back.
 */
final class Admission {
    private static final int TOGETHER = 3; // fewer newcomers are welcomed one by one
    private static final int MAX_WAITING = 50_000;
    private static final int MAX_ALONE = 32; // in a gossip period
    private static final int LARGE =
            32; // newcomers above which the root has a single child: the tables weigh on the seed
    private static final int WELCOME_SAMPLE = 24; // what fits one packet beside the welcome
    private static final int WELCOME_ALL = 144; // tables up to this size are sent whole: six packets
    private static final int MAX_WELCOMED = 20; // their news fits a packet
    private static final int YOUNG_ROUNDS = 10; // gossip rounds for which one that came in is a newcomer
    private static final int MAX_PASSED_ON = 256;

    private final Turn turn;
    private final View view;
    private final Sync sync;
    private final Tree tree;
    private final Map<String, Member> waiting = new LinkedHashMap<>();
    private long admittedNanos = Long.MIN_VALUE / 2;
    private long together = Long.MIN_VALUE; // when newcomers last came in together
    private int crowded; // admissions in a row that had newcomers waiting
    private long aloneSinceNanos = Long.MIN_VALUE / 2;
    private int alone; // let in one by one since then
    private final Set<String> welcomed = new LinkedHashSet<>(); // one by one, and the others are still to be told
    private @Nullable Address completing; // who let us in, while the rest of its table is on the way
    private long toldNanos = Long.MIN_VALUE / 2; // when the others were last told so
    private final Map<Long, Long> passedOn = new LinkedHashMap<>(); // lately: which news to which range, and when

    Admission(Turn turn, View view, Sync sync, Tree tree) {
        this.turn = turn;
        this.view = view;
        this.sync = sync;
        this.tree = tree;
    }

    // ---- whoever is asked ----

    void onJoin(Message.Join join, Route from) {
        Member joiner = join.self();
        Entry entry = turn.table.get(joiner.name());
        if (from.isStream()) {
            view.learn(joiner, 0, from);
            sendTable(joiner, from);
            return;
        }
        if (entry != null && entry.member.generation() >= joiner.generation()) {
            // Its table is on the way to it, by way of others.
            if (entry.sinceNanos() == together && turn.nowNanos - together < turn.settings.seedNanos() / 2) return;
            welcome(joiner, from);
            return;
        }
        if (waiting.isEmpty() && turn.nowNanos >= admittedNanos + window()) {
            crowded = 0;
            admittedNanos = turn.nowNanos;
            letIn(joiner, from);
        } else if (waiting.size() < MAX_WAITING) {
            if (waiting.isEmpty())
                turn.timers.set(new Timer.AdmitDue(), Math.max(turn.nowNanos, admittedNanos + window()));
            waiting.put(joiner.name(), joiner);
        }
    }

    /** How long newcomers wait for others: longer the longer a storm of joins lasts. */
    private long window() {
        long gossip = turn.settings.gossipNanos();
        // Who comes alone behind another, as services started one by one do, is not kept waiting.
        if (crowded > 0) return gossip / 4 << Math.min(crowded - 1, 1);
        // Unless there are so many of them that welcoming each would weigh on this node for all others.
        return isRush() ? gossip / 4 : gossip / 200;
    }

    /** Whether more have been let in alone within a gossip period than one node should welcome. */
    private boolean isRush() {
        return turn.nowNanos - aloneSinceNanos < turn.settings.gossipNanos() && alone >= MAX_ALONE;
    }

    private void countAlone() {
        if (turn.nowNanos - aloneSinceNanos >= turn.settings.gossipNanos()) {
            aloneSinceNanos = turn.nowNanos;
            alone = 0;
        }
        alone++;
    }

    void due() {
        List<Member> news = List.copyOf(waiting.values());
        waiting.clear();
        crowded = news.size() < TOGETHER ? 0 : crowded + 1;
        admittedNanos = turn.nowNanos;
        if (news.size() < TOGETHER) {
            for (Member joiner : news) letIn(joiner, Route.datagram(joiner.address()));
            return;
        }
        together = turn.nowNanos;
        for (Member joiner : news) view.learnQuietly(joiner, 0, Route.datagram(joiner.address()));
        // Newer knowledge than a newcomer's own (it failed in our eyes, say) is what it must outbid.
        for (Member joiner : news) {
            Entry entry = turn.table.get(joiner.name());
            if (entry != null && entry != turn.self && !entry.member.isLive())
                turn.send(joiner.address(), new Message.Known(entry.member));
        }
        long here = turn.table.hash(turn.self);
        tree.pass(new Load(news, false), Tree.Range.allBut(here), news.size() >= LARGE ? 1 : Tree.CHILDREN, here);
    }

    /** One alone. */
    private void letIn(Member joiner, Route from) {
        countAlone();
        welcome(joiner, from);
        Entry entry = turn.table.get(joiner.name());
        if (entry == null || !entry.member.isLive()) return;
        welcomed.add(joiner.name());
        if (welcomed.size() == 1)
            turn.timers.set(new Timer.WelcomedDue(), turn.nowNanos + turn.settings.gossipNanos() / 8);
        else if (welcomed.size() >= MAX_WELCOMED) turn.timers.set(new Timer.WelcomedDue(), turn.nowNanos);
    }

    /** Gossip would tell everybody of the newcomers in time; of several in a row, the tree tells them sooner and cheaper. */
    void welcomedDue() {
        List<Member> news = new ArrayList<>();
        for (String name : welcomed) {
            Entry entry = turn.table.get(name);
            if (entry != null && entry.member.isLive()) news.add(entry.member);
        }
        welcomed.clear();
        boolean inARow = news.size() >= TOGETHER || turn.nowNanos - toldNanos < turn.settings.gossipNanos();
        if (news.isEmpty() || !inARow) return;
        toldNanos = turn.nowNanos;
        long here = turn.table.hash(turn.self);
        // They get what they may have missed of each other from here: their tables may be too young to pass anything
        // on.
        Load load = new Load(news, true);
        for (Member member : news) {
            Entry entry = turn.table.get(member.name());
            if (entry != null) tree.give(load, entry, new Tree.Range(here, here));
        }
        tree.pass(load, Tree.Range.allBut(here), Tree.CHILDREN, here);
    }

    private void welcome(Member joiner, Route from) {
        view.learn(joiner, 0, from);
        turn.send(from, new Message.Welcome(turn.self.member, turn.table.live()));
        // A few members to ask further, not the table: joins must not rest on one seed.
        Entry entry = turn.table.get(joiner.name());
        Entry[] sample = new Entry[turn.table.live() <= WELCOME_ALL ? WELCOME_ALL : WELCOME_SAMPLE];
        int count = turn.table.sample(sample, sample.length, turn.self, entry, turn.random);
        for (int i = 0; i < count; i++) turn.send(from, new Message.Known(sample[i].member));
        // Our record of it is newer than its own claim: it failed or left in our eyes and must outbid that.
        if (entry != null && entry != turn.self && !entry.member.isLive())
            turn.send(from, new Message.Known(entry.member));
    }

    /** The whole table, for one that asks by stream. */
    private void sendTable(Member joiner, Route to) {
        List<Member> others = others(joiner.name());
        long there = Member.hash(joiner.name());
        turn.send(to, new Message.Admit(0, there, there, false, List.of(joiner), others));
        Entry entry = turn.table.get(joiner.name());
        if (entry != null && entry != turn.self && !entry.member.isLive())
            turn.send(to, new Message.Known(entry.member));
    }

    private List<Member> others(String but) {
        List<Member> others = new ArrayList<>(turn.table.live());
        for (int i = 0; i < turn.table.size(); i++) {
            Member member = turn.table.row(i).member;
            if (member.isLive() && !member.name().equals(but)) others.add(member);
        }
        return others;
    }

    // ---- whoever comes in, or is told who did ----

    /** Somebody let us in: if its table is much larger than ours, one of those it named gives us all of it. */
    void onWelcome(Message.Welcome welcome, Route from) {
        view.learn(welcome.self(), 0, from);
        sync.behind();
        Entry[] drawn = new Entry[1];
        if (welcome.members() > WELCOME_ALL
                && turn.table.live() < welcome.members() / 2
                && turn.table.sample(drawn, 1, turn.self, null, turn.random) == 1) {
            completing = welcome.self().address();
            turn.effects.add(new Membership.Effect.SendByStream(
                    drawn[0].member.address(),
                    tree.nextSequence(),
                    new Message.Join(turn.self.member),
                    2 * turn.settings.maxProbeTimeoutNanos()));
        }
    }

    void onAdmit(Message.Admit admit, Route from) {
        if (from.isStream() && admit.sequence() != 0) turn.send(from, new Message.Ack(admit.sequence(), 0));
        boolean news = false;
        for (Member member : admit.others()) news |= member.isLive() && view.learnQuietly(member, 1, from);
        for (Member member : admit.news()) news |= member.isLive() && view.learnQuietly(member, 1, from);
        if (view.silenced()) return;
        if (!admit.others().isEmpty()) completing = null;
        // What is no news has been passed on before: this ends every loop and makes a packet sent again harmless.
        if (!news && !(admit.welcomed() && isFresh(admit))) return;
        // Who knows too few to reach a range leaves it to the member that let it in.
        if (completing != null && admit.welcomed())
            turn.send(completing, new Message.Admit(0, admit.from(), admit.to(), true, admit.news(), List.of()));
        else
            tree.pass(
                    new Load(admit.news(), admit.welcomed()),
                    new Tree.Range(admit.from(), admit.to()),
                    Tree.CHILDREN,
                    turn.table.hash(turn.self));
    }

    /**
     * Whether gossip or a welcome may have brought the news of those who came one by one ahead of the tree, so that it was not passed on
     * yet: they are new here, and this is the first time. Packets kept and sent again later by somebody else fail the first test.
     */
    private boolean isFresh(Message.Admit admit) {
        long since = turn.nowNanos - YOUNG_ROUNDS * turn.settings.gossipNanos();
        passedOn.values().removeIf(nanos -> nanos < since);
        long what = admit.from() * 31 + admit.to();
        for (Member member : admit.news()) {
            Entry entry = turn.table.get(member.name());
            if (entry != turn.self && (entry == null || entry.sinceNanos() < since)) return false;
            what = what * 31 + Member.hash(member.name()) + member.generation();
        }
        return passedOn.size() < MAX_PASSED_ON && passedOn.put(what, turn.nowNanos) == null;
    }

    /** The news of those who came in; a newcomer that has not been welcomed gets everybody else with it. */
    private final class Load implements Tree.Load {
        private final List<Member> news;
        private final boolean welcomed;
        private final Set<String> newcomers = new HashSet<>(); // looked up, never iterated
        private final int newsBytes;
        private List<Member> others = List.of();
        private int othersBytes;

        Load(List<Member> news, boolean welcomed) {
            this.news = news;
            this.welcomed = welcomed;
            int bytes = 0;
            for (Member member : news) {
                newcomers.add(member.name());
                bytes += member.sizeBytes();
            }
            newsBytes = bytes;
        }

        @Override
        public boolean isFor(Entry entry) {
            return !welcomed || !newcomers.contains(entry.member.name());
        }

        @Override
        public Message message(int sequence, Entry child, Tree.Range behind) {
            return new Message.Admit(sequence, behind.from(), behind.to(), welcomed, news, othersFor(child));
        }

        @Override
        public int sizeBytes(Entry child) {
            return newsBytes + (othersFor(child).isEmpty() ? 0 : othersBytes);
        }

        private List<Member> othersFor(Entry child) {
            if (welcomed || !newcomers.contains(child.member.name())) return List.of();
            if (others.isEmpty()) {
                List<Member> all = new ArrayList<>();
                for (int i = 0; i < turn.table.size(); i++) {
                    Member member = turn.table.row(i).member;
                    if (!member.isLive() || newcomers.contains(member.name())) continue;
                    all.add(member);
                    othersBytes += member.sizeBytes();
                }
                others = List.copyOf(all);
            }
            return others;
        }
    }
}
