package dev.grapevine.sim;

import dev.grapevine.core.Command;
import dev.grapevine.core.Effect;
import dev.grapevine.core.Effects;
import dev.grapevine.core.Input;
import dev.grapevine.core.Machine;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the machines: starts and stops them, gives them their inputs in turn, and performs their effects. */
final class Processes {
    /** A command on its way to a machine. */
    record Asked(long id, Command command, Reply reply) {}

    /** Wall clocks start in November 2023, so that generations look as they do in life. */
    private static final long EPOCH_MILLIS = 1_700_000_000_000L;

    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    /** A pause shorter than this goes unnoticed, as in the real driver. */
    private static final long PAUSE_NOTICE_NANOS = 100 * MS;
    /** Linux's default socket buffer; each datagram takes its bytes and its administration. */
    private static final long RECEIVE_BUFFER_BYTES = 212_992;

    private static final int PACKET_OVERHEAD_BYTES = 512;
    /** Ticks in one instant after which a machine counts as spinning. */
    private static final int MAX_SPINS = 10_000;

    private static final Input.Tick TICK = new Input.Tick();

    private final Simulation simulation;
    private final Effects effects = new Effects();
    private final Map<Long, Reply> replies = new HashMap<>(); // looked up, never iterated
    private boolean handling;

    Processes(Simulation simulation) {
        this.simulation = simulation;
    }

    // Life and death.

    void bootIfNew(Host host, int epoch) {
        if (host.epoch == epoch && host.state == Host.State.WAITING) boot(host);
    }

    void boot(Host host) {
        if (host.isUp()) throw new IllegalStateException(host + " runs already");
        long now = simulation.nowNanos();
        host.epoch++;
        host.clock.restart(now);
        host.state = Host.State.RUNNING;
        host.tickAtNanos = Long.MAX_VALUE;
        host.nextAcceptedStream = -1;
        simulation.happened(host, host.boots == 0 ? "starts" : "starts again");
        Start start = new Start(
                host.index, host.address, host.boots, wallMillis(host), host.machineRandom.split(), host.disk);
        host.boots++;
        host.machine = host.factory.start(start);
        giveWallClock(host);
        // The first tick starts a machine; commands come after it.
        if (host.machine.nextDeadlineNanos() <= 0) give(host, TICK, null);
        wake(host);
    }

    void stop(Host host, Host.State state) {
        if (!host.isUp() && host.state != Host.State.CRASHED) throw new IllegalStateException(host + " does not run");
        simulation.happened(host, state == Host.State.OFF ? "is off" : "crashes");
        host.epoch++;
        host.state = state;
        host.machine = null;
        host.tickAtNanos = Long.MAX_VALUE;
        host.busyUntilNanos = 0;
        host.workScheduled = false;
        host.tickWaits = false;
        for (Host.Waiting waiting; (waiting = host.backlog.poll()) != null; ) release(waiting.packet());
        host.waitingBytes = 0;
        for (Packet held; (held = host.heldIn.poll()) != null; ) release(held);
        simulation.datagrams().discard(host);
        simulation.streams().abandon(host, state == Host.State.CRASHED);
    }

    void pause(Host host) {
        if (host.state != Host.State.RUNNING) return;
        simulation.happened(host, "pauses");
        host.state = Host.State.PAUSED;
        host.pausedAtNanos = simulation.nowNanos();
    }

    void resume(Host host) {
        if (host.state != Host.State.PAUSED) return;
        simulation.happened(host, "resumes");
        host.state = Host.State.RUNNING;
        long now = simulation.nowNanos();
        long asked =
                Math.max(host.pausedAtNanos, host.clock.simNanos(machineOf(host).nextDeadlineNanos()));
        long lost = host.clock.localNanos(now) - host.clock.localNanos(Math.min(now, asked));
        if (lost > PAUSE_NOTICE_NANOS) run(host, new Input.Paused(lost), null);
        if (host.costNanos > 0) {
            scheduleWork(host);
        } else {
            while (host.state == Host.State.RUNNING && !host.backlog.isEmpty()) runFirst(host);
        }
        wake(host);
    }

    // Inputs.

    void tick(Host host, int epoch) {
        if (host.epoch != epoch || host.tickAtNanos != simulation.nowNanos()) return;
        host.tickAtNanos = Long.MAX_VALUE;
        if (host.state != Host.State.RUNNING) return;
        if (machineOf(host).nextDeadlineNanos() <= host.clock.localNanos(simulation.nowNanos())) give(host, TICK, null);
        else wake(host);
    }

    void wallClock(Host host, int epoch) {
        if (host.epoch == epoch) giveWallClock(host);
    }

    void ask(Host host, int epoch, Asked asked) {
        if (!host.isUp() || host.epoch != epoch && host.boots > 1) {
            asked.reply().refuse("no machine runs on " + host);
            return;
        }
        replies.put(asked.id(), asked.reply());
        give(host, new Input.Commanded(asked.id(), asked.command()), null);
    }

    void resolved(Host host, int epoch, Input.Resolved resolved) {
        if (host.epoch == epoch) give(host, resolved, null);
    }

    /** Gives an input now, or lets it wait while the machine cannot take it. */
    void give(Host host, Input input, @Nullable Packet packet) {
        if (!host.isUp()) {
            release(packet);
        } else if (host.state == Host.State.RUNNING
                && host.backlog.isEmpty()
                && simulation.nowNanos() >= host.busyUntilNanos) {
            run(host, input, packet);
            wake(host);
        } else {
            await(host, input, packet);
        }
    }

    /** A slow host takes the next input that waits. */
    void work(Host host, int epoch) {
        if (host.epoch != epoch) return;
        host.workScheduled = false;
        if (host.state != Host.State.RUNNING || host.backlog.isEmpty()) return;
        runFirst(host);
        if (!host.backlog.isEmpty()) scheduleWork(host);
        wake(host);
    }

    /** Sees to it that the machine is ticked at its deadline. */
    void wake(Host host) {
        Machine machine = host.machine;
        if (machine == null || host.state != Host.State.RUNNING) return;
        long deadline = machine.nextDeadlineNanos();
        if (deadline == Long.MAX_VALUE) return;
        long at = Math.max(simulation.nowNanos(), host.clock.simNanos(deadline));
        if (at >= host.tickAtNanos || at == Long.MAX_VALUE) return;
        host.tickAtNanos = at;
        simulation.agenda().add(at, Agenda.TICK, host.index, host.epoch, null);
    }

    private void giveWallClock(Host host) {
        if (!host.isUp()) return;
        long nextSecond = host.clock.localNanos(simulation.nowNanos()) + SECOND;
        simulation.agenda().add(host.clock.simNanos(nextSecond), Agenda.WALL_CLOCK, host.index, host.epoch, null);
        if (host.state == Host.State.RUNNING) give(host, new Input.WallClock(wallMillis(host)), null);
    }

    private long wallMillis(Host host) {
        return EPOCH_MILLIS + host.clock.wallNanos(simulation.nowNanos()) / MS + host.wallOffsetMillis;
    }

    private void await(Host host, Input input, @Nullable Packet packet) {
        if (input instanceof Input.Tick) {
            if (host.tickWaits) return;
            host.tickWaits = true;
        }
        if (packet != null) {
            int bytes = packet.sizeBytes + PACKET_OVERHEAD_BYTES;
            if (host.waitingBytes + bytes > RECEIVE_BUFFER_BYTES) {
                Host from = simulation.hosts().get(packet.fromHost);
                simulation.dropped(from, packet.to, packet.sizeBytes, Drop.RECEIVE_BUFFER_FULL);
                release(packet);
                return;
            }
            host.waitingBytes += bytes;
        }
        host.backlog.add(new Host.Waiting(input, packet));
        if (host.state == Host.State.RUNNING) scheduleWork(host);
    }

    private void scheduleWork(Host host) {
        if (host.workScheduled) return;
        host.workScheduled = true;
        long at = Math.max(simulation.nowNanos(), host.busyUntilNanos);
        simulation.agenda().add(at, Agenda.WORK, host.index, host.epoch, null);
    }

    private void runFirst(Host host) {
        Host.Waiting waiting = host.backlog.removeFirst();
        Packet packet = waiting.packet();
        if (packet != null) host.waitingBytes -= packet.sizeBytes + PACKET_OVERHEAD_BYTES;
        if (waiting.input() instanceof Input.Tick) host.tickWaits = false;
        run(host, waiting.input(), packet);
    }

    private void run(Host host, Input input, @Nullable Packet packet) {
        if (handling) throw new IllegalStateException("an observer or an effect gave an input to " + host);
        handling = true;
        try {
            handle(host, input, packet);
        } finally {
            handling = false;
        }
        if (input instanceof Input.StreamBytes bytes) simulation.streams().consumed(host, bytes);
        release(packet);
        if (host.costNanos > 0) host.busyUntilNanos = simulation.nowNanos() + host.costNanos;
    }

    private void handle(Host host, Input input, @Nullable Packet packet) {
        long now = simulation.nowNanos();
        TraceHash hash = simulation.hash();
        hash.add(now);
        hash.add((long) host.index << 8 | kindOf(input));
        if (packet != null) {
            hash.add(packet.bytes.array(), 0, packet.sizeBytes);
            host.traffic.datagramsReceived++;
            host.traffic.datagramBytesReceived += packet.sizeBytes + Traffic.DATAGRAM_HEADER_BYTES;
        }
        if (input instanceof Input.Tick) checkSpin(host, now);
        for (Observer observer : simulation.observers()) observer.handling(now, host, input);
        if (packet != null) packet.bytes.position(0).limit(packet.sizeBytes);
        try {
            machineOf(host).handle(input, host.clock.localNanos(now), effects);
        } catch (RuntimeException failure) {
            effects.clear();
            if (failure instanceof IllegalArgumentException && input instanceof Input.Commanded asked) {
                refuse(asked.id(), String.valueOf(failure.getMessage()));
                return;
            }
            throw new MachineFailure(
                    "seed " + simulation.seed() + ", " + now + " ns, " + host + ", " + input + ": " + failure, failure);
        }
        List<Effect> list = effects.list();
        for (int i = 0; i < list.size(); i++) { // by index: this loop runs for every event, and an iterator is garbage
            Effect effect = list.get(i);
            for (Observer observer : simulation.observers()) observer.performing(now, host, effect);
            perform(host, effect);
        }
        effects.clear();
        for (Observer observer : simulation.observers()) observer.handled(now, host);
    }

    private void checkSpin(Host host, long now) {
        if (host.spinningAtNanos != now) {
            host.spinningAtNanos = now;
            host.spins = 0;
        } else if (++host.spins > MAX_SPINS) {
            throw new IllegalStateException(host + " was ticked " + MAX_SPINS + " times at " + now
                    + " ns and its deadline is still " + machineOf(host).nextDeadlineNanos() + " ns of its own time");
        }
    }

    private void perform(Host host, Effect effect) {
        if (effect instanceof Effect.SendDatagram often) { // before the switch, which is slow to find a type
            simulation.datagrams().send(host, often.to(), often.packet());
            return;
        }
        switch (effect) {
            case Effect.SendDatagram send -> simulation.datagrams().send(host, send.to(), send.packet());
            case Effect.OpenStream open -> simulation.streams().open(host, open);
            case Effect.WriteStream write -> simulation.streams().write(host, write);
            case Effect.EndStream(long stream) -> simulation.streams().end(host, stream);
            case Effect.CloseStream(long stream) -> simulation.streams().close(host, stream);
            case Effect.Publish publish -> {
                simulation.hash().add(publish.event().getClass().getName().hashCode());
                host.factory.published(publish.event(), host.disk);
            }
            case Effect.Answer(long id, Object result) -> {
                simulation.hash().add(~id);
                Reply reply = replies.remove(id);
                if (reply != null) reply.answer(result);
            }
            case Effect.Refuse(long id, String reason) -> refuse(id, reason);
            case Effect.Resolve(String name, int port) -> {
                Network network = simulation.network();
                Input.Resolved resolved = new Input.Resolved(name, port, network.addressesOf(name, port));
                long at = simulation.nowNanos() + network.resolveNanos();
                simulation.agenda().add(at, Agenda.RESOLVED, host.index, host.epoch, resolved);
            }
        }
    }

    private void refuse(long id, String reason) {
        simulation.hash().add(reason);
        Reply reply = replies.remove(id);
        if (reply != null) reply.refuse(reason);
    }

    private void release(@Nullable Packet packet) {
        if (packet != null) simulation.datagrams().release(packet);
    }

    private static Machine machineOf(Host host) {
        Machine machine = host.machine;
        if (machine == null) throw new IllegalStateException(host + " has no machine");
        return machine;
    }

    /** A number per kind of input, for the hash. */
    private static int kindOf(Input input) {
        if (input instanceof Input.Datagram) return 1; // before the switch, which is slow to find a type
        if (input instanceof Input.Tick) return 12;
        return switch (input) {
            case Input.Datagram ignored -> 1;
            case Input.StreamAccepted ignored -> 2;
            case Input.StreamConnected ignored -> 3;
            case Input.StreamBytes ignored -> 4;
            case Input.StreamDrained ignored -> 5;
            case Input.StreamEnded ignored -> 6;
            case Input.StreamClosed ignored -> 7;
            case Input.Commanded ignored -> 8;
            case Input.WallClock ignored -> 9;
            case Input.Resolved ignored -> 10;
            case Input.Paused ignored -> 11;
            case Input.Tick ignored -> 12;
        };
    }
}
