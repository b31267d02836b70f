package dev.grapevine.agent.sim;

import dev.grapevine.core.Command;
import dev.grapevine.core.Event;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.serf.SerfCommand;
import dev.grapevine.serf.SerfDialect;
import dev.grapevine.serf.SerfEvent;
import dev.grapevine.serf.SerfMachine;
import dev.grapevine.serf.SerfSettings;
import dev.grapevine.serf.memberlist.NodeAddress;
import dev.grapevine.sim.Start;
import dev.grapevine.sim.scenario.Protocol;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Scenarios with {@code protocol = serf}: the machine of {@code grapevine serf}, in clear, with the reference's default times. */
public final class SerfProtocol implements Protocol {
    /** Made by the service loader. */
    public SerfProtocol() {}

    @Override
    public String name() {
        return "serf";
    }

    @Override
    public Machine start(String cluster, String node, Start start) {
        return new SerfMachine(
                SerfSettings.of(node, NodeAddress.of(start.address()))
                        .bindPort(start.address().port())
                        .label(cluster)
                        .build(),
                start.random());
    }

    @Override
    public @Nullable Command command(NodeCommand command) {
        return switch (command) {
            case NodeCommand.Join(List<String> seeds) -> new SerfCommand.Join(seeds, false);
            case NodeCommand.Leave() -> new SerfCommand.Leave();
            default -> null;
        };
    }

    @Override
    public Translator translator(String node) {
        SerfDialect dialect = new SerfDialect(node);
        return new Translator() {
            @Override
            public void translate(Event event, long atNanos, Consumer<? super MembershipEvent> told) {
                if (event instanceof SerfEvent theirs) dialect.translate(theirs, atNanos, told);
            }

            @Override
            public List<Evidence> why(String member) {
                return dialect.why(member);
            }
        };
    }
}
