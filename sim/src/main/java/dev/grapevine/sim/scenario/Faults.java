package dev.grapevine.sim.scenario;

import dev.grapevine.core.Address;
import dev.grapevine.node.NodeCommand;
import dev.grapevine.sim.Cut;
import dev.grapevine.sim.Draws;
import dev.grapevine.sim.Host;
import dev.grapevine.sim.Loss;
import dev.grapevine.sim.Simulation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes a scenario's faults happen. Each draws its hosts by itself, so that leaving one out changes no other. */
final class Faults {
    private final ScenarioRun run;
    private final Simulation sim;
    private final Measures measures;

    Faults(ScenarioRun run, Simulation sim, Measures measures) {
        this.run = run;
        this.sim = sim;
        this.measures = measures;
    }

    void arrange(Fault fault, int number) {
        RandomGenerator random = Draws.generator(
                sim.seed() * 31 + number * 0x9E37_79B9L + fault.kind().hashCode());
        sim.at(fault.atNanos(), () -> begin(fault, random));
    }

    private void begin(Fault fault, RandomGenerator random) {
        if (fault.kind().equals("join")) {
            for (int i = 0; i < fault.hosts(); i++) run.addNode(i * fault.overNanos() / fault.hosts());
            return;
        }
        if (fault.kind().equals("churn")) {
            churn(fault, random, sim.nowNanos() + fault.forNanos());
            return;
        }
        List<Host> hosts = pick(fault.hosts(), random);
        if (!fault.isHarmless() && !network(fault.kind())) for (Host host : hosts) measures.afflicted.set(host.index());
        if (network(fault.kind())) {
            cut(fault, hosts);
            return;
        }
        for (int i = 0; i < hosts.size(); i++) {
            Host host = hosts.get(i);
            long delay = i * fault.overNanos() / hosts.size();
            long ends = delay + fault.forNanos();
            long last = fault.forNanos() == 0 ? Long.MAX_VALUE : sim.nowNanos() + ends;
            after(delay, () -> {
                on(fault, host);
                if (fault.onNanos() > 0) blink(fault, host, last);
            });
        }
        if (fault.forNanos() == 0) return;
        // In reverse: two swaps that share a host are undone only so.
        for (int i = hosts.size() - 1; i >= 0; i--) {
            Host host = hosts.get(i);
            after(i * fault.overNanos() / hosts.size() + fault.forNanos(), () -> off(fault, host));
        }
    }

    /** Hosts that run, in random order. */
    private List<Host> pick(int count, RandomGenerator random) {
        List<Host> running = new ArrayList<>();
        for (Host host : sim.hosts()) if (host.isUp()) running.add(host);
        Collections.shuffle(running, random);
        return running.subList(0, Math.min(count, running.size()));
    }

    /** Hosts crash at random, on average one every so often, and come back after a while. */
    private void churn(Fault fault, RandomGenerator random, long lastNanos) {
        after((long) (fault.amount() * Draws.exponential(random)), () -> {
            if (sim.nowNanos() >= lastNanos) return;
            for (Host host : pick(fault.hosts(), random)) {
                measures.afflicted.set(host.index());
                stop(host, false);
                after(fault.downNanos(), () -> start(host, fault.flag()));
            }
            churn(fault, random, lastNanos);
        });
    }

    /** Comes and goes until the end; it was there first. */
    private void blink(Fault fault, Host host, long lastNanos) {
        after(fault.onNanos(), () -> {
            if (sim.nowNanos() >= lastNanos) return;
            off(fault, host);
            after(fault.offNanos(), () -> {
                if (sim.nowNanos() >= lastNanos) return;
                on(fault, host);
                blink(fault, host, lastNanos);
            });
        });
    }

    private void on(Fault fault, Host host) {
        if (silences(fault.kind())) measures.silenced(host);
        switch (fault.kind()) {
            case "crash" -> stop(host, false);
            case "power-off" -> stop(host, true);
            case "restart" -> {
                if (!host.isUp()) return;
                sim.crash(host);
                after(fault.downNanos(), () -> start(host, fault.flag()));
            }
            case "pause" -> sim.pause(host);
            case "block" -> sim.block(host);
            case "slow" -> sim.slow(host, Duration.ofNanos((long) fault.amount()));
            case "drift" -> sim.drift(host, (long) (fault.amount() * 1_000));
            case "deaf" -> sim.loseReceived(host, new Loss.Independent(1));
            case "mute" -> sim.loseSent(host, new Loss.Independent(1));
            case "lose-sent" -> sim.loseSent(host, new Loss.Independent(fault.amount()));
            case "lose-received" -> sim.loseReceived(host, new Loss.Independent(fault.amount()));
            case "move" -> move(host);
            case "swap" -> swap(host);
            case "mix-up" -> run.joinStrangers(host);
            case "leave" -> sim.command(host, new NodeCommand.Leave());
            case "gossip" -> {
                byte[] payload = ("rumor of " + host.index()).getBytes(StandardCharsets.UTF_8);
                sim.command(host, new NodeCommand.Gossip("", payload));
            }
            default -> throw new IllegalStateException(fault.kind());
        }
    }

    private void off(Fault fault, Host host) {
        if (silences(fault.kind())) measures.heardAgain(host);
        switch (fault.kind()) {
            case "crash", "power-off" -> start(host, false);
            case "pause" -> sim.resume(host);
            case "block" -> sim.unblock(host);
            case "slow" -> sim.slow(host, Duration.ZERO);
            case "drift" -> sim.drift(host, 0);
            case "deaf", "lose-received" -> sim.loseReceived(host, Loss.NONE);
            case "mute", "lose-sent" -> sim.loseSent(host, Loss.NONE);
            case "swap" -> swap(host);
            default -> {} // the others have no end
        }
    }

    private void stop(Host host, boolean silently) {
        if (!host.isUp()) return;
        if (silently) sim.powerOff(host);
        else sim.crash(host);
        measures.crashed(host);
    }

    private void start(Host host, boolean wipe) {
        if (host.isUp()) return;
        measures.returned(host);
        if (wipe) sim.restartWithoutDisk(host);
        else sim.restart(host);
        run.join(host);
    }

    private void move(Host host) {
        Address address =
                Address.ipv4(0x0B00_0001 + host.index(), host.address().port());
        sim.move(host, address);
        sim.command(host, new NodeCommand.SetAddress(address));
    }

    private void swap(Host host) {
        Host other = sim.hosts().get((host.index() + 1) % sim.hosts().size());
        if (other != host) sim.swapAddresses(host, other);
    }

    /** Whether such a host seems dead to the others while it lasts. */
    private static boolean silences(String kind) {
        return kind.equals("pause") || kind.equals("block") || kind.equals("mute") || kind.equals("deaf");
    }

    private static boolean network(String kind) {
        return kind.equals("partition") || kind.equals("ring") || kind.equals("no-datagrams");
    }

    private void cut(Fault fault, List<Host> hosts) {
        int all = sim.hosts().size();
        BitSet chosen = new BitSet();
        for (Host host : hosts) chosen.set(host.index());
        Cut cut = switch (fault.kind()) {
            case "ring" -> new Cut.Ring(all, (int) fault.amount());
            case "no-datagrams" -> new Cut.OneWay(chosen, chosen);
            default ->
                fault.flag()
                        ? oneWay(chosen, all)
                        : chosen.cardinality() == all ? Cut.parts(all, (int) fault.amount()) : Cut.apart(chosen);
        };
        Cut inForce =
                fault.onNanos() > 0 ? new Cut.FlipFlop(cut, sim.nowNanos(), fault.onNanos(), fault.offNanos()) : cut;
        sim.network().cut(inForce, fault.kind().equals("no-datagrams") ? Cut.Stops.DATAGRAMS : Cut.Stops.EVERYTHING);
        if (fault.forNanos() > 0) after(fault.forNanos(), () -> sim.network().heal(inForce));
    }

    /** What the chosen hosts send (or the first half, if all were chosen) does not reach the others. */
    private static Cut oneWay(BitSet chosen, int all) {
        BitSet senders = (BitSet) chosen.clone();
        if (senders.cardinality() == all) senders.clear(all / 2, all);
        BitSet receivers = new BitSet();
        receivers.set(0, all);
        receivers.andNot(senders);
        return new Cut.OneWay(senders, receivers);
    }

    private void after(long nanos, Runnable action) {
        sim.after(Duration.ofNanos(nanos), action);
    }
}
