package dev.grapevine.membership;

import dev.grapevine.core.Address;
import java.util.List;

/** What members say to each other about membership. Layouts: {@code docs/protocols/native.md}. */
public sealed interface Message {
    /**
     * Are you there?
     *
     * @param sequence of the probe, {@code 0..0xFFFF}; comes back in the answer
     * @param target {@link Member#identityTag()} of who is meant; 0 for whoever lives there
     * @param digest of the prober's state, 0 for none
     */
    record Ping(int sequence, int target, int digest) implements Message {}

    /** Yes: the answer to a {@link Ping}, also as passed on by a relay. {@code digest} is the answerer's, 0 if relayed. */
    record Ack(int sequence, int digest) implements Message {}

    /** Ask {@code address} for me (SWIM's ping-req). */
    record PingRequest(int sequence, int target, Address address) implements Message {}

    /** The relay had no answer yet, but is well (Lifeguard). */
    record Nack(int sequence) implements Message {}

    /** I could not reach this member: ask it yourself, at once. */
    record Accuse(String name, long generation, long incarnation) implements Message {}

    /** Let me in; answered by {@link Welcome}. */
    record Join(Member self) implements Message {}

    /** You are in. Facts about some members follow as {@link Known}. */
    record Welcome(Member self, int members) implements Message {}

    /**
     * These have come in. Whoever learns something from it passes it on to the members whose names hash into the range, each of which
     * takes over the part of the range behind it: every member of the cluster gets it once, by a tree that nobody keeps.
     *
     * @param sequence comes back in an {@link Ack} when this came by stream, {@code 0..0xFFFF}
     * @param from first {@link Member#hash} of the range; {@code from} and {@code to} may lie on either side of the end of all hashes
     * @param to last hash of the range
     * @param welcomed whether those who came in were welcomed before, one by one, and need no table
     * @param news who came in
     * @param others everybody else that is alive, for one of those who came in; else nobody
     */
    record Admit(int sequence, long from, long to, boolean welcomed, List<Member> news, List<Member> others)
            implements Message {
        public Admit {
            news = List.copyOf(news);
            others = List.copyOf(others);
        }
    }

    /**
     * These had failed and answer again: the other side of a partition has healed. It travels as {@link Admit} does, but each side hands
     * it on among its own: a member among {@code members} to those among them, any other to the rest.
     *
     * @param sequence comes back in an {@link Ack} when this came by stream, {@code 0..0xFFFF}
     * @param from first {@link Member#hash} of the range
     * @param to last hash of the range
     * @param members alive, with the incarnations by which they refuted
     */
    record Returned(int sequence, long from, long to, List<Member> members) implements Message {
        public Returned {
            members = List.copyOf(members);
        }
    }

    /** Here is how my table looks: one hash for each of {@code 2^bits} buckets of names. */
    record SyncRequest(int bits, int[] hashes) implements Message {}

    /**
     * What a bucket that differs holds here within a range of name tags: for each member its {@link Digests#nameTag} and its version's
     * hash. A bucket of many members takes several summaries, whose ranges meet.
     *
     * @param bits of the request
     * @param bucket which one, {@code 0..2^bits-1}
     * @param low first name tag of the range, unsigned
     * @param high last name tag of the range, unsigned
     */
    record SyncSummary(int bits, int bucket, int low, int high, int[] nameTags, int[] versions) implements Message {}

    /** Tell me about these. */
    record SyncPull(int[] nameTags) implements Message {}

    /** All that is known of one member, in the course of a join or a synchronisation. */
    record Known(Member member) implements Message {}

    /** You and I claim one identity, and yours stands: here is my claim, as proof. */
    record Duplicate(Member loser) implements Message {}

    /** News that travels by piggyback; the newest about a member replaces older ones in every queue. */
    sealed interface Update extends Message {
        /** Whom it is about. */
        String name();

        /** Members that the news has gone through, {@code 0..255}, where 255 means at least that. */
        int hops();

        /** The same news one member further. */
        Update further();

        /** A member joined, changed, or refuted. */
        record Alive(Member member, int hops) implements Update {
            @Override
            public String name() {
                return member.name();
            }

            @Override
            public Alive further() {
                return new Alive(member, next(hops));
            }
        }

        /** {@code accuser} could not reach it. */
        record Suspect(String name, long generation, long incarnation, String accuser, int hops) implements Update {
            @Override
            public Suspect further() {
                return new Suspect(name, generation, incarnation, accuser, next(hops));
            }
        }

        /** The suspicion ran out; {@code verdict} says why. */
        record Failed(String name, long generation, long incarnation, Verdict verdict, int hops) implements Update {
            @Override
            public Failed further() {
                return new Failed(name, generation, incarnation, verdict, next(hops));
            }
        }

        /** It said good-bye, or {@code by} removed it. */
        record Left(String name, long generation, long incarnation, String by, int hops) implements Update {
            @Override
            public Left further() {
                return new Left(name, generation, incarnation, by, next(hops));
            }
        }

        private static int next(int hops) {
            return Math.min(255, hops + 1);
        }
    }

    /**
     * Why a member was declared failed, as told to others.
     *
     * @param judge whose suspicion ran out
     * @param confirmers who found the same independently, at most {@link #MAX_CONFIRMERS}
     * @param probes the judge's own, at most {@link #MAX_PROBES}, oldest first
     * @param localHealth the judge's score, {@code 0..255}
     * @param silentMillis since the judge last heard from the member; 0 if it never did
     */
    record Verdict(String judge, List<String> confirmers, List<Probe> probes, int localHealth, long silentMillis) {
        /** Most confirmers told. */
        public static final int MAX_CONFIRMERS = 4;

        /** Most probes told. */
        public static final int MAX_PROBES = 6;

        /** One probe: its path, its outcome, and how long that took in milliseconds. */
        public record Probe(Path path, Outcome outcome, long tookMillis) {}

        public Verdict {
            confirmers = List.copyOf(confirmers);
            probes = List.copyOf(probes);
        }
    }
}
