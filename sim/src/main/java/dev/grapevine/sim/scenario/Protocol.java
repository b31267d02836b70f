package dev.grapevine.sim.scenario;

import dev.grapevine.core.Command;
import dev.grapevine.core.Event;
import dev.grapevine.core.Machine;
import dev.grapevine.membership.Evidence;
import dev.grapevine.membership.MembershipEvent;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.sim.Start;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A protocol that scenarios run with {@code protocol = NAME} instead of our own; found with {@link java.util.ServiceLoader}. What
 * its machines tell is translated to core's words, by which a run is measured and judged.
 */
public interface Protocol {
    /** What a scenario calls it. */
    String name();

    /**
     * A new machine.
     *
     * @param cluster the name of its cluster, if the protocol has such names
     * @param node the name of its member
     */
    Machine start(String cluster, String node, Start start);

    /** The same in this protocol's words; null if it has none. */
    @Nullable
    Command command(NodeCommand command);

    /** Translates what one machine tells, from its start on. */
    Translator translator(String node);

    /** Core's words for the news of one machine. */
    interface Translator {
        /**
         * Tells what {@code event} means, if there is a word for it. Called for each event in order.
         *
         * @param atNanos the machine's time
         */
        void translate(Event event, long atNanos, Consumer<? super MembershipEvent> told);

        /** Why this is believed of a member, oldest first; empty if it is unknown. */
        List<Evidence> why(String member);
    }
}
