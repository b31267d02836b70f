package dev.grapevine.sim;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Event;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/** Push rumor mongering with feedback and a counter (Demers et al. 1987, §1.4) over bytes, as a machine for tests. */
final class Toy implements Machine {
    record Publish(long id) implements Command {}

    record Heard(long id, long atNanos) implements Event {}

    record Slept(long nanos) implements Event {}

    /** Something that a stream did, for the tests of streams. */
    record Stream(String what) implements Event {}

    record Open(Address to, int bytes, boolean thenClose) implements Command {}

    static final long ROUND_NANOS = 100_000_000;
    private static final int FANOUT = 2;
    private static final int INTEREST_LIMIT = 3;

    private final List<Address> peers;
    private final RandomGenerator random;
    private final Map<Long, Long> known = new LinkedHashMap<>();
    private final Map<Long, Integer> wasted = new LinkedHashMap<>();
    private final Map<Long, Open> opening = new LinkedHashMap<>();
    private long nextRoundNanos;
    private long nextStream = 1;
    private long received;

    Toy(List<Address> peers, RandomGenerator random) {
        this.peers = new ArrayList<>(peers);
        this.random = random;
    }

    /** A cluster of toys that know one another. */
    static Simulation cluster(int nodes, long seed) {
        Simulation sim = Simulation.of(seed);
        List<Address> all = new ArrayList<>();
        for (int i = 0; i < nodes; i++) all.add(Address.ipv4(0x0A00_0001 + i, 7946));
        for (Address address : all) {
            List<Address> others = new ArrayList<>(all);
            others.remove(address);
            sim.add(address, start -> new Toy(others, start.random()));
        }
        return sim;
    }

    @Override
    public void handle(Input input, long nowNanos, Effects effects) {
        switch (input) {
            case Input.Datagram(Address from, ByteBuffer packet) -> onPacket(from, packet, nowNanos, effects);
            case Input.Commanded(long id, Publish(long rumor)) -> {
                learn(rumor, nowNanos, effects);
                effects.add(new Effect.Answer(id, rumor));
            }
            case Input.Commanded(long id, Open open) -> {
                opening.put(nextStream, open);
                effects.add(new Effect.OpenStream(nextStream, open.to(), 5_000_000_000L));
                effects.add(new Effect.Answer(id, nextStream++));
            }
            case Input.Commanded(long id, Command other) -> effects.add(new Effect.Refuse(id, "not " + other));
            case Input.Tick() -> {
                if (nowNanos >= nextRoundNanos) push(nowNanos, effects);
            }
            case Input.Paused(long lost) -> effects.add(new Effect.Publish(new Slept(lost)));
            case Input.WallClock ignored -> {}
            case Input.Resolved resolved -> say(effects, resolved.toString());
            case Input.StreamAccepted(long stream, Address from) -> say(effects, "accepted " + from.host());
            case Input.StreamConnected(long stream) -> onConnected(stream, effects);
            case Input.StreamBytes(long stream, ByteBuffer bytes) -> received += bytes.remaining();
            case Input.StreamDrained(long stream) -> say(effects, "drained");
            case Input.StreamEnded(long stream) -> {
                say(effects, "ended after " + received);
                effects.add(new Effect.EndStream(stream));
            }
            case Input.StreamClosed(long stream, var reason) -> say(effects, "closed " + reason);
        }
    }

    @Override
    public long nextDeadlineNanos() {
        return nextRoundNanos;
    }

    private void onConnected(long stream, Effects effects) {
        say(effects, "connected");
        Open open = opening.remove(stream);
        effects.add(new Effect.WriteStream(stream, ByteBuffer.allocate(open.bytes())));
        if (open.thenClose()) effects.add(new Effect.EndStream(stream));
    }

    private void onPacket(Address from, ByteBuffer packet, long nowNanos, Effects effects) {
        if (packet.remaining() != 13) return;
        byte kind = packet.get();
        long id = packet.getLong();
        // Without a check each corrupted id would be a rumor of its own, and those breed faster than they die.
        if (packet.getInt() != check(kind, id)) return;
        if (kind == 1 && known.containsKey(id)) send(from, (byte) 2, id, effects);
        else if (kind == 1) learn(id, nowNanos, effects);
        else if (kind == 2) wasted.computeIfPresent(id, (key, count) -> count + 1 < INTEREST_LIMIT ? count + 1 : null);
    }

    private void learn(long id, long nowNanos, Effects effects) {
        if (known.putIfAbsent(id, nowNanos) != null) return;
        wasted.put(id, 0);
        nextRoundNanos = Math.min(nextRoundNanos, nowNanos + ROUND_NANOS);
        effects.add(new Effect.Publish(new Heard(id, nowNanos)));
    }

    private void push(long nowNanos, Effects effects) {
        Collections.shuffle(peers, random);
        for (long id : wasted.keySet())
            for (Address peer : peers.subList(0, Math.min(FANOUT, peers.size()))) send(peer, (byte) 1, id, effects);
        nextRoundNanos = wasted.isEmpty() ? Long.MAX_VALUE : nowNanos + ROUND_NANOS;
    }

    private static void send(Address to, byte kind, long id, Effects effects) {
        effects.add(new Effect.SendDatagram(
                to,
                effects.buffer(13).put(kind).putLong(id).putInt(check(kind, id)).flip()));
    }

    private static int check(byte kind, long id) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(9).put(kind).putLong(id).flip());
        return (int) crc.getValue();
    }

    private static void say(Effects effects, String what) {
        effects.add(new Effect.Publish(new Stream(what)));
    }
}
