package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Event;
import dev.grapevine.topic.Source;
import dev.grapevine.topic.TopicAim;

/** What happens on topics. */
public sealed interface TopicEvent extends Event {
    /**
     * A message arrived; each is told once, this node's own too.
     *
     * @param sequence counts the publisher's messages from 1
     * @param bytes do not change them
     * @param from the member it came from; this node's own address if it published
     * @param hops members it went through, 0 at its publisher
     * @param atNanos when, nanoseconds since this node started
     */
    record Delivered(Source source, long sequence, byte[] bytes, Address from, int hops, long atNanos)
            implements TopicEvent {}

    /** Messages {@code first..last} will not come: they are out of everybody's window. */
    record Lost(Source source, long first, long last) implements TopicEvent {}

    /**
     * Every member of the view has this node's messages up to {@code sequence}.
     *
     * @param lastNanos when the last member had that one, nanoseconds since this node started
     */
    record Everywhere(Source source, long sequence, int members, long lastNanos) implements TopicEvent {}

    /**
     * What this node may spend on topics and how many are to hear rumors contradict each other, or do not any more.
     *
     * @param met whether both are held
     * @param neededBytesPerSecond what this node would have to send, about
     * @param expectedCoverage share of the members that hears a rumor, as things are
     */
    record Aimed(TopicAim aim, boolean met, long neededBytesPerSecond, double expectedCoverage) implements TopicEvent {}
}
