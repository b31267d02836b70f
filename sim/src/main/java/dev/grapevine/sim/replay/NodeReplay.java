package dev.grapevine.sim.replay;

import dev.grapevine.node.NodeMachine;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.recording.Entry;
import dev.grapevine.recording.EntryDecoder;
import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.MissingKeyException;
import dev.grapevine.recording.RecordingException;
import dev.grapevine.sim.Draws;

/** Makes the node of a recording anew. */
public final class NodeReplay {
    private NodeReplay() {}

    /**
     * The machine as it was made when the recording began.
     *
     * @throws RecordingException if the recording is of another kind of machine, or of another version of this one
     * @throws MissingKeyException if the node had a key that is not at hand
     */
    public static NodeMachine machine(Entry.Header header, KeyFinder keys) {
        if (!header.machine().equals(NodeMachine.KIND))
            throw new RecordingException(
                    "this is a recording of a machine called " + header.machine() + ", which this program cannot make");
        NodeSettings settings = settings(header, keys);
        return new NodeMachine(settings, Draws.generator(header.seed()));
    }

    /** The settings the node was made with. */
    public static NodeSettings settings(Entry.Header header, KeyFinder keys) {
        return EntryDecoder.settings(header, NodeSettings.class, keys);
    }
}
