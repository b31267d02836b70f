package dev.grapevine.serf;

import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.serf.memberlist.Versions;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One member of a Serf cluster, as this node knows it at one moment.
 *
 * @param address where it listens, in the form it announced
 * @param tags in the order in which it announced them
 * @param statusLTime Lamport time of the last intent about it, {@code 0} if none was seen
 */
public record SerfMember(
        String name,
        NodeAddress address,
        Map<String, String> tags,
        MemberStatus status,
        Versions versions,
        long statusLTime) {
    /** Copies the tags and keeps their order. */
    public SerfMember {
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }
}
