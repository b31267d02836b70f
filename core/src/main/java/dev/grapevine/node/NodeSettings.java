package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.Tags;
import dev.grapevine.wire.KeyRing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a node machine needs to know when it is made.
 *
 * @param cluster the cluster's name; packets of other clusters are dropped
 * @param name this node's stable id, unique in the cluster
 * @param generation larger than at any earlier start under this name; milliseconds of the wall clock will do
 * @param address where this node can be reached, as others shall know it
 * @param tags attributes told to all
 * @param keys null to speak in clear
 * @param nonceSalt 48 fresh random bits for the seal
 * @param membership times and limits
 * @param exchange how rumors spread
 * @param maxPacketBytes largest datagram this node sends, UDP payload, {@code 1200..65507}; 1400 crosses any usual network
 * @param remembered addresses known from an earlier run, tried like seeds
 * @param parts what the protocols besides membership need to know
 */
public record NodeSettings(
        String cluster,
        String name,
        long generation,
        Address address,
        Tags tags,
        @Nullable KeyRing keys,
        long nonceSalt,
        MembershipSettings membership,
        RumorSettings exchange,
        int maxPacketBytes,
        List<Address> remembered,
        PartSettings parts) {
    public NodeSettings {
        if (maxPacketBytes < 1200 || maxPacketBytes > 65_507)
            throw new IllegalArgumentException("maxPacketBytes " + maxPacketBytes + " is not in 1200..65507");
        remembered = List.copyOf(remembered);
    }

    /** With the parts' defaults. */
    public NodeSettings(
            String cluster,
            String name,
            long generation,
            Address address,
            Tags tags,
            @Nullable KeyRing keys,
            long nonceSalt,
            MembershipSettings membership,
            RumorSettings exchange,
            int maxPacketBytes,
            List<Address> remembered) {
        this(
                cluster,
                name,
                generation,
                address,
                tags,
                keys,
                nonceSalt,
                membership,
                exchange,
                maxPacketBytes,
                remembered,
                PartSettings.DEFAULT);
    }
}
