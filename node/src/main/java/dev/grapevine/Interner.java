package dev.grapevine;

import dev.grapevine.membership.Member;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Lets the nodes of one loop share equal knowledge of a member, so that N nodes do not keep N copies of it. */
final class Interner implements UnaryOperator<Member> {
    private static final int MOST = 65_536; // names come off the wire: hostile ones must not fill the memory

    private final Map<String, Member> newest = new HashMap<>();

    @Override
    public Member apply(Member member) {
        Member known = newest.get(member.name());
        if (known != null && known.equals(member)) return known;
        if (newest.size() >= MOST) newest.clear();
        newest.put(member.name(), member);
        return member;
    }
}
