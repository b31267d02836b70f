package dev.grapevine.serf;

import dev.grapevine.core.Event;
import dev.grapevine.serf.memberlist.FailedProbe;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.msgpack.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a {@link SerfMachine} tells its application. */
public sealed interface SerfEvent extends Event {
    /** The kinds of member events, with the reference's names. */
    enum Change {
        /** A member joined or came back. */
        JOIN("member-join"),
        /** A member left as announced. */
        LEAVE("member-leave"),
        /** A member stopped answering. */
        FAILED("member-failed"),
        /** A member changed its tags, address or versions. */
        UPDATE("member-update"),
        /** A member was forgotten. */
        REAP("member-reap");

        private final String word;

        Change(String word) {
            this.word = word;
        }

        /** The name used on the RPC port and for event handlers. */
        public String word() {
            return word;
        }
    }

    /** One member and why. */
    record Changed(SerfMember member, Evidence evidence) {}

    /** Members changed; gathered if the settings say so. */
    record MembersChanged(Change change, List<Changed> members) implements SerfEvent {}

    /** A user event, ours included; gathered if it allows that and the settings say so. */
    record UserEventReceived(
            long lTime, String name, @Nullable Bytes payload, boolean coalesce) implements SerfEvent {}

    /**
     * A query that passed its filters, ours included; it may be answered with {@link SerfCommand.Respond}.
     *
     * @param sourceNode who asks; empty if an old peer does
     * @param deadlineNanos when it is too late, nanoseconds since this machine was started
     */
    record QueryReceived(
            QueryKey key, String name, @Nullable Bytes payload, String sourceNode, long deadlineNanos)
            implements SerfEvent {}

    /** A node got our query. */
    record QueryAcked(QueryKey key, String from) implements SerfEvent {}

    /** A node answered our query. */
    record QueryAnswered(
            QueryKey key, String from, @Nullable Bytes payload) implements SerfEvent {}

    /** Our query's time is over; nothing more follows about it. */
    record QueryDone(QueryKey key) implements SerfEvent {}

    /** A line for the snapshot file; see {@link Snapshot}. */
    record SnapshotLine(SnapshotRecord line) implements SerfEvent {}

    /**
     * The keyring changed.
     *
     * @param change to be named in {@link SerfCommand.KeyringStored}
     * @param keys all of them, primary first
     */
    record KeyringChanged(long change, List<Bytes> keys) implements SerfEvent {}

    /**
     * A node is suspected of being dead.
     *
     * @param by who accuses it
     * @param lastProbe our own failed probe, if we have one
     */
    record Suspected(
            String node,
            String by,
            long incarnation,
            @Nullable FailedProbe lastProbe) implements SerfEvent {}

    /** A suspected node showed that it lives. */
    record Refuted(String node, long incarnation) implements SerfEvent {}

    /** Two addresses claim one name. {@code ours} says whether it is our name. */
    record NameConflict(String node, NodeAddress known, NodeAddress claimed, boolean ours) implements SerfEvent {}

    /**
     * The vote about our name is over.
     *
     * @param matching answers that name our address
     * @param responses all answers
     * @param kept whether the name stays ours
     */
    record ConflictResolved(int matching, int responses, boolean kept) implements SerfEvent {}

    /**
     * Our name is held by another address: we stay quiet and try again.
     *
     * @param holder who has it in the others' eyes
     * @param waitingFor what has to happen, in words
     */
    record WaitingForName(NodeAddress holder, String waitingFor) implements SerfEvent {}

    /** The name is ours again. */
    record NameRegained() implements SerfEvent {}

    /** We hear nobody although we know of others; join attempts go on for ever. */
    record Isolated(int knownOthers) implements SerfEvent {}

    /** We hear somebody again. */
    record Reconnected(String node) implements SerfEvent {}

    /** How bad a {@link Notice} is, with the words of the reference's log. */
    enum Severity {
        /** For developers. */
        DEBUG,
        /** In the course of things. */
        INFO,
        /** Somebody should look at it some day. */
        WARN,
        /** Something failed. */
        ERR
    }

    /** Something worth a line in a log: {@code [WARN] memberlist: text}. */
    record Notice(Severity severity, String source, String text) implements SerfEvent {}

    /** The machine has stopped for a reason of its own, without leaving; the application should end. */
    record Stopped(String reason) implements SerfEvent {}
}
