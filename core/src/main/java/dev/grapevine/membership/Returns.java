package dev.grapevine.membership;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * When a partition heals, all of the other side returns at once. As single pieces of news they would fill everybody's queue for many
 * rounds, so whoever has many answers within a moment tells them together by a {@link Tree}: one for this side, which held them for
 * failed, and one for theirs, where each has a newer incarnation by its own refutation.
 */
final class Returns {
    private static final int TOGETHER = 8; // fewer are left to gossip, which begins with each at once
    private static final int LARGE = 32; // above, the root has a single child
    private static final int MAX_BACK = 50_000;

    private final Turn turn;
    private final View view;
    private final Sync sync;
    private final Tree tree;
    private final Map<String, Member> back = new LinkedHashMap<>(); // had failed, and have just answered this node

    Returns(Turn turn, View view, Sync sync, Tree tree) {
        this.turn = turn;
        this.view = view;
        this.sync = sync;
        this.tree = tree;
    }

    /** One that had failed has answered this node. */
    void answered(Member member) {
        if (back.size() >= MAX_BACK) return;
        if (back.isEmpty()) turn.timers.set(new Timer.ReturnsDue(), turn.nowNanos + turn.settings.gossipNanos() / 4);
        back.put(member.name(), member);
    }

    void due() {
        List<Member> members = new ArrayList<>();
        for (String name : back.keySet()) {
            Entry entry = turn.table.get(name);
            if (entry != null && entry.member.status() == Status.ALIVE) members.add(entry.member);
        }
        back.clear();
        if (members.size() < TOGETHER) return;
        for (Member member : members) turn.queue.settled(member);
        long here = turn.table.hash(turn.self);
        int children = members.size() >= LARGE ? 1 : Tree.CHILDREN;
        Set<String> names = names(members);
        tree.pass(new Load(members, names, false), Tree.Range.allBut(here), children, here);
        tree.pass(new Load(members, names, true), Tree.Range.allBut(here), children, here);
        sync.checkSoon();
    }

    void onReturned(Message.Returned returned, Route from) {
        if (from.isStream() && returned.sequence() != 0) turn.send(from, new Message.Ack(returned.sequence(), 0));
        boolean news = false;
        for (Member member : returned.members()) news |= member.isLive() && view.learnQuietly(member, 1, from);
        if (view.silenced()) return;
        for (Member member : returned.members()) turn.queue.settled(member);
        // What is no news has been passed on before: this ends every loop and makes a packet sent again harmless.
        if (!news) return;
        sync.checkSoon();
        // Each side knows its own: those who are told of tell one another, and the others one another.
        Set<String> names = names(returned.members());
        Load load = new Load(returned.members(), names, names.contains(turn.selfName()));
        Tree.Range range = new Tree.Range(returned.from(), returned.to());
        tree.pass(load, range, Tree.CHILDREN, turn.table.hash(turn.self));
    }

    private static Set<String> names(List<Member> members) {
        Set<String> names = new HashSet<>(); // looked up, never iterated
        for (Member member : members) names.add(member.name());
        return names;
    }

    /** For those who returned, or for everybody else. */
    private record Load(List<Member> members, Set<String> names, boolean forReturned) implements Tree.Load {
        @Override
        public boolean isFor(Entry entry) {
            return names.contains(entry.member.name()) == forReturned;
        }

        @Override
        public Message message(int sequence, Entry child, Tree.Range behind) {
            return new Message.Returned(sequence, behind.from(), behind.to(), members);
        }

        @Override
        public int sizeBytes(Entry child) {
            int bytes = 0;
            for (Member member : members) bytes += member.sizeBytes();
            return bytes;
        }
    }
}
