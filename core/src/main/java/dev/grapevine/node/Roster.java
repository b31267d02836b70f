package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Status;
import java.util.ArrayList;
import java.util.List;

/** Who is there at one moment, made once for all parts. A part that was given the same object as before knows that nothing changed. */
public final class Roster {
    static final Roster EMPTY = new Roster(List.of(), List.of());

    private final List<Member> members;
    private final List<Address> others;

    private Roster(List<Member> members, List<Address> others) {
        this.members = List.copyOf(members);
        this.others = List.copyOf(others);
    }

    /** All that are known and did not leave, this node included, those that failed too. */
    public List<Member> members() {
        return members;
    }

    /** Addresses of the live ones without this node. */
    public List<Address> others() {
        return others;
    }

    /** From all members; {@code self} is this node's name. */
    static Roster of(Iterable<Member> all, String self) {
        List<Member> members = new ArrayList<>();
        List<Address> others = new ArrayList<>();
        for (Member each : all) {
            if (each.status() == Status.LEFT) continue;
            members.add(each);
            if (each.isLive() && !each.name().equals(self)) others.add(each.address());
        }
        return new Roster(members, others);
    }
}
