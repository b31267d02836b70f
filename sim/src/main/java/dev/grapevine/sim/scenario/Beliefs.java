package dev.grapevine.sim.scenario;

import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.Membership;
import java.util.List;

/** What a machine believes of the members, whatever protocol it speaks. */
interface Beliefs {
    /** Members that it holds alive, itself included. */
    int liveMembers();

    /** Equal for machines that believe the same. */
    int digest();

    /** Whether it has said good-bye. */
    boolean isLeaving();

    /** Everybody it knows. */
    List<Member> members();

    /** Why it believes what it does of a member; empty if it is unknown. */
    List<Evidence> why(String member);

    /** Those of one of our own nodes. */
    record OfNode(Membership membership) implements Beliefs {
        @Override
        public int liveMembers() {
            return membership.liveMembers();
        }

        @Override
        public int digest() {
            return membership.digest();
        }

        @Override
        public boolean isLeaving() {
            return membership.isLeaving();
        }

        @Override
        public List<Member> members() {
            return membership.members();
        }

        @Override
        public List<Evidence> why(String member) {
            return membership.why(member);
        }
    }
}
