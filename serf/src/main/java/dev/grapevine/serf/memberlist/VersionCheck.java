package dev.grapevine.serf.memberlist;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether two tables can be one: every node must speak a version that all living nodes understand. Source:
 * hashicorp/memberlist, memberlist.go, verifyProtocol.
 */
final class VersionCheck {
    private int protocolMin;
    private int protocolMax = 255;
    private int delegateMin;
    private int delegateMax = 255;

    private VersionCheck() {}

    /** Null, or a sentence that names the node that cannot be talked to. */
    static @Nullable String check(Collection<Node> local, List<PushPull.NodeState> remote) {
        VersionCheck check = new VersionCheck();
        for (Node node : local) if (node.state == PushPull.State.ALIVE) check.narrow(node.versions);
        for (PushPull.NodeState node : remote) {
            Versions versions = Versions.of(node.vsn());
            if (node.state() == PushPull.State.ALIVE.ordinal() && versions != null) check.narrow(versions);
        }
        for (PushPull.NodeState node : remote) {
            Versions versions = Versions.of(node.vsn());
            // One node with a short version array would keep everybody from exchanging anything; it is left out
            // instead.
            if (versions == null) continue;
            String error = check.judge(node.name(), versions);
            if (error != null) return error;
        }
        for (Node node : local) {
            String error = check.judge(node.name, node.versions);
            if (error != null) return error;
        }
        return null;
    }

    private void narrow(Versions versions) {
        protocolMin = Math.max(protocolMin, versions.protocolMin());
        protocolMax = Math.min(protocolMax, versions.protocolMax());
        delegateMin = Math.max(delegateMin, versions.delegateMin());
        delegateMax = Math.min(delegateMax, versions.delegateMax());
    }

    private @Nullable String judge(String name, Versions versions) {
        int protocol = versions.protocolCur();
        if (protocol < protocolMin || protocol > protocolMax)
            return "Node '" + name + "' protocol version (" + protocol + ") is incompatible: [" + protocolMin + ", "
                    + protocolMax + "]";
        int spoken = versions.delegateCur();
        if (spoken < delegateMin || spoken > delegateMax)
            return "Node '" + name + "' delegate protocol version (" + spoken + ") is incompatible: [" + delegateMin
                    + ", " + delegateMax + "]";
        return null;
    }
}
