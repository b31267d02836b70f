package dev.grapevine.sim.replay;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.membership.MembershipEvent.MemberChanged;
import dev.grapevine.node.NodeEvent.RumorReceived;
import dev.grapevine.node.NodeSettings;
import dev.grapevine.recording.ContentHash;
import dev.grapevine.recording.KeyFinder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One node of a cluster, replayed from start to end: what it sent, received and told, at times of its own. */
final class NodeLog {
    /** A datagram that was sent to {@code peer} or received from it. */
    record Datagram(long hash, Address peer, long atNanos, int sizeBytes) {}

    /** Something that the node told its application. */
    record Told(long atNanos, Event event) {}

    final Path folder;
    final NodeSettings settings;
    final long startEpochMillis;
    final List<Datagram> sent = new ArrayList<>();
    final List<Datagram> received = new ArrayList<>();
    final List<Told> told = new ArrayList<>();
    final Replay.State state;
    final String problem;
    final long endNanos;
    final boolean ended;
    private final KeyFinder keys;

    /** Replays the recording in {@code folder}. */
    NodeLog(Path folder, KeyFinder keys) throws IOException {
        this.folder = folder;
        this.keys = keys;
        Recording recording = Recording.open(folder, keys);
        settings = NodeReplay.settings(recording.header(), keys);
        startEpochMillis = recording.header().startEpochMillis();
        Replay replay = new Replay(recording, NodeReplay.machine(recording.header(), keys));
        for (Input input; (input = replay.step()) != null; ) {
            long now = replay.nowNanos();
            if (input instanceof Input.Datagram(Address from, ByteBuffer packet))
                received.add(new Datagram(ContentHash.of(packet), from, now, packet.remaining()));
            for (Effect effect : replay.effects()) {
                if (effect instanceof Effect.SendDatagram(Address to, ByteBuffer packet))
                    sent.add(new Datagram(ContentHash.of(packet), to, now, packet.remaining()));
                if (effect instanceof Effect.Publish(Event event)
                        && (event instanceof MemberChanged || event instanceof RumorReceived))
                    told.add(new Told(now, event));
            }
        }
        state = replay.state();
        endNanos = replay.nowNanos();
        ended = recording.ended();
        Difference difference = replay.difference();
        String obstacle = replay.obstacle();
        problem = difference != null
                ? "differs at input " + difference.input() + ": " + difference.what()
                : obstacle == null ? "" : obstacle;
    }

    String name() {
        return settings.name();
    }

    /** A second replay, to stop where one likes. */
    Replay again() throws IOException {
        Recording recording = Recording.open(folder, keys);
        return new Replay(recording, NodeReplay.machine(recording.header(), keys));
    }
}
