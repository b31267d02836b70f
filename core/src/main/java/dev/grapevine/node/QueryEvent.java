package dev.grapevine.node;

import dev.grapevine.core.Event;

/** What happens with queries. */
public sealed interface QueryEvent extends Event {
    /** That member was asked and says so. */
    record Acknowledged(long id, String member) implements QueryEvent {}

    /** That member answered. Do not change the bytes. */
    record Answered(long id, String member, byte[] payload) implements QueryEvent {}

    /** This node's query is over: everybody has answered, or the deadline has come. */
    record Done(long id, int asked, int acknowledged, int answered) implements QueryEvent {}

    /**
     * A member asks this node; answer with {@link QueryCommand.Answer}.
     *
     * @param deadlineNanos nanoseconds since this node started
     */
    record Questioned(String asker, long id, String name, byte[] payload, long deadlineNanos) implements QueryEvent {}
}
