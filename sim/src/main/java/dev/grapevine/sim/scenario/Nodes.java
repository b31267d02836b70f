package dev.grapevine.sim.scenario;

import dev.grapevine.core.Address;
import dev.grapevine.core.Event;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.Member;
import dev.grapevine.membership.MembershipSettings;
import dev.grapevine.membership.Tags;
import dev.grapevine.node.NodeEvent;
import dev.grapevine.node.NodeMachine;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.node.RumorSettings;
import dev.grapevine.sim.Disk;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.MachineFactory;
import dev.grapevine.sim.Start;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the node machines of a cluster: host 7 runs the member {@code n7}. */
final class Nodes implements MachineFactory {
    private static final String REMEMBERED = "remembered";
    private static final int INTERNED = 1 << 16;

    private final MembershipSettings settings;
    private final RumorSettings rumors;
    private final int clusters;
    private final @Nullable Protocol protocol;
    private final @Nullable Member[] seen = new @Nullable Member[INTERNED];

    /** @param protocol null for our own */
    Nodes(MembershipSettings settings, RumorSettings rumors, int clusters, @Nullable Protocol protocol) {
        this.protocol = protocol;
        this.settings = settings;
        this.rumors = rumors;
        this.clusters = clusters;
    }

    @Override
    public Machine start(Start start) {
        if (protocol != null) {
            String cluster = "sim" + clusterOf(start.host());
            return new Foreign(protocol, cluster, name(start.host()), start);
        }
        Object remembered = start.disk().read(REMEMBERED);
        NodeSettings node = new NodeSettings(
                "sim" + clusterOf(start.host()),
                name(start.host()),
                start.epochMillis(),
                start.address(),
                Tags.NONE,
                null,
                start.random().nextLong(),
                settings,
                rumors,
                1_400,
                remembered instanceof NodeEvent.Remember(List<Address> addresses) ? addresses : List.of());
        return new NodeMachine(node, start.random(), this::intern);
    }

    @Override
    public void published(Event event, Disk disk) {
        if (event instanceof NodeEvent.Remember) disk.write(REMEMBERED, event);
    }

    /** To which cluster a host belongs: they take turns, so that neighbours are strangers. */
    int clusterOf(int host) {
        return host % clusters;
    }

    static String name(int host) {
        return "n" + host;
    }

    /** The host that runs a member. */
    static int host(String name) {
        return Integer.parseInt(name, 1, name.length(), 10);
    }

    /** What the machine of a host believes; null while none runs. */
    static @Nullable Beliefs beliefs(Host host) {
        Machine machine = host.machine();
        if (machine instanceof NodeMachine node) return new Beliefs.OfNode(node.membership());
        return machine instanceof Foreign foreign ? foreign : null;
    }

    // Thousands of nodes that know the same members share one object for each.
    private Member intern(Member member) {
        int slot = member.versionHash() & INTERNED - 1;
        Member known = seen[slot];
        if (known != null && known.equals(member)) return known;
        seen[slot] = member;
        return member;
    }
}
