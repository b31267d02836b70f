package dev.grapevine.testkit;

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
import dev.grapevine.sim.MachineFactory;
import dev.grapevine.sim.Start;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes Grapevine's own nodes, with the settings that the library gives them. */
final class NodeFactory implements MachineFactory {
    private static final String REMEMBERED = "remembered";
    private static final int INTERNED = 1 << 12;

    private final MembershipSettings settings;
    private final @Nullable Member[] seen = new @Nullable Member[INTERNED];

    NodeFactory(MembershipSettings settings) {
        this.settings = settings;
    }

    @Override
    public Machine start(Start start) {
        List<Address> remembered =
                start.disk().read(REMEMBERED) instanceof NodeEvent.Remember known ? known.addresses() : List.of();
        NodeSettings node = new NodeSettings(
                "test",
                SimulatedNode.name(start.host()),
                start.epochMillis(),
                start.address(),
                Tags.NONE,
                null,
                start.random().nextLong(),
                settings,
                new RumorSettings(settings.gossipNanos(), 1, RumorSettings.Direction.PUSH_PULL, false),
                1_400,
                remembered);
        return new NodeMachine(node, start.random(), this::intern);
    }

    @Override
    public void published(Event event, Disk disk) {
        if (event instanceof NodeEvent.Remember) disk.write(REMEMBERED, event);
    }

    // Nodes that know the same member share one object for it.
    private Member intern(Member member) {
        int slot = member.versionHash() & INTERNED - 1;
        Member known = seen[slot];
        if (known != null && known.equals(member)) return known;
        seen[slot] = member;
        return member;
    }
}
