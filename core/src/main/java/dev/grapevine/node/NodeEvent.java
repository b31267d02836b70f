package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Event;
import java.util.List;

/** What a node tells besides {@link dev.grapevine.membership.MembershipEvent}. */
public sealed interface NodeEvent extends Event {
    /**
     * A rumor arrived, or a newer value of one; each is told once. The node's own are told too.
     *
     * @param key of the entry
     * @param payload the bytes; do not change them
     * @param origin the name of the node that wrote it
     * @param from the member it came from; this node's own address if it wrote it
     * @param hops members it went through, 0 at its origin
     * @param atNanos when, nanoseconds since this node started
     */
    record RumorReceived(String key, byte[] payload, String origin, Address from, int hops, long atNanos)
            implements NodeEvent {}

    /** The addresses worth remembering across a restart, newest contact first; told when they change, at most once a minute. */
    record Remember(List<Address> addresses) implements NodeEvent {
        public Remember {
            addresses = List.copyOf(addresses);
        }
    }
}
