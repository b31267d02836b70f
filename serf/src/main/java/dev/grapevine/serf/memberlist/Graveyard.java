package dev.grapevine.serf.memberlist;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names that were reaped lately. Somebody who has not noticed yet may still call them alive; that is not enough to bring them
 * back, see {@link MergeRules}.
 */
final class Graveyard {
    private static final int MAX_NAMES = 8192;

    private final Map<String, Long> incarnations = new LinkedHashMap<>();

    /** Remembers a reaped node, and forgets the oldest of too many. */
    void bury(Node node) {
        incarnations.remove(node.name);
        incarnations.put(node.name, node.incarnation);
        if (incarnations.size() > MAX_NAMES)
            incarnations.remove(incarnations.keySet().iterator().next());
    }

    /** Whether the message may be about a life that ended. */
    boolean mustVouch(Message.Alive alive) {
        Long buried = incarnations.get(alive.node());
        return buried != null && alive.incarnation() <= buried;
    }

    void forget(String name) {
        incarnations.remove(name);
    }
}
