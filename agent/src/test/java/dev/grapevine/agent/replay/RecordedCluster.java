package dev.grapevine.agent.replay;

import dev.grapevine.Builder;
import dev.grapevine.Grapevine;
import dev.grapevine.membership.MembershipSettings.Profile;
import dev.grapevine.membership.Status;
import dev.grapevine.recorder.RecorderSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A cluster on real sockets in which something of everything happens while it is recorded. */
final class RecordedCluster {
    static final byte[] KEY = new byte[32];
    static final byte[] NEW_KEY = new byte[32];

    static {
        for (int i = 0; i < KEY.length; i++) {
            KEY[i] = (byte) (i * 7 + 1);
            NEW_KEY[i] = (byte) (i * 3 + 5);
        }
    }

    private RecordedCluster() {}

    /** Joins, rumors small and large, tags, keys, a node that is killed and found dead, one that leaves. */
    static void run(RecorderSettings recording, boolean sealed, int nodes) {
        Duration patience = Duration.ofSeconds(30);
        List<Grapevine> cluster = new ArrayList<>();
        try {
            for (int i = 0; i < nodes; i++) {
                Builder builder = Grapevine.named("node-" + i)
                        .cluster("recorded")
                        .profile(Profile.LOCAL)
                        .record(recording);
                if (sealed) builder.key(KEY);
                if (i > 0) builder.seeds("localhost:" + cluster.getFirst().port());
                cluster.add(builder.start());
            }
            for (Grapevine node : cluster) node.awaitMembers(nodes, patience);
            List<java.util.concurrent.CountDownLatch> heard = new ArrayList<>();
            for (Grapevine node : cluster) {
                var latch = new java.util.concurrent.CountDownLatch(2);
                node.onRumor(rumor -> latch.countDown());
                heard.add(latch);
            }
            cluster.get(0).gossip("Secret Code: 1234").join();
            cluster.get(1).gossip("large", new byte[60_000]).join(); // goes by stream
            for (var latch : heard) await(latch);
            cluster.get(1).setTags(Map.of("role", "db", "az", "2")).join();
            if (sealed) {
                for (Grapevine node : cluster) node.addKey(NEW_KEY).join();
                for (Grapevine node : cluster) node.useKey(NEW_KEY).join();
            }
            cluster.get(2).kill();
            for (int i = 0; i < nodes; i++)
                if (i != 2)
                    cluster.get(i)
                            .await(
                                    members -> members.stream()
                                            .anyMatch(each ->
                                                    each.name().equals("node-2") && each.status() == Status.FAILED),
                                    patience);
            cluster.get(3).close();
            cluster.get(0)
                    .await(
                            members -> members.stream()
                                    .anyMatch(each -> each.name().equals("node-3") && each.status() == Status.LEFT),
                            patience);
        } finally {
            for (Grapevine node : cluster) node.kill();
        }
    }

    static void run(Path directory, boolean sealed) {
        run(RecorderSettings.in(directory), sealed, 5);
    }

    private static void await(java.util.concurrent.CountDownLatch latch) {
        try {
            if (!latch.await(30, java.util.concurrent.TimeUnit.SECONDS)) throw new AssertionError("not heard");
        } catch (InterruptedException stop) {
            throw new AssertionError(stop);
        }
    }
}
