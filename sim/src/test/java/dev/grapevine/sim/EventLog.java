package dev.grapevine.sim;

import dev.grapevine.core.Address;
import dev.grapevine.core.Effect;
import java.util.ArrayList;
import java.util.List;

/** Keeps what machines published and what became of packets. */
final class EventLog implements Observer {
    final List<String> lines = new ArrayList<>();
    final int[] drops = new int[Drop.values().length];

    static EventLog of(Simulation sim) {
        EventLog log = new EventLog();
        sim.observe(log);
        return log;
    }

    @Override
    public void performing(long atNanos, Host host, Effect effect) {
        if (effect instanceof Effect.Publish(var event)) lines.add(host.index() + " " + event);
    }

    @Override
    public void dropped(long atNanos, Host from, Address to, int sizeBytes, Drop why) {
        drops[why.ordinal()]++;
    }

    long count(String part) {
        return lines.stream().filter(line -> line.contains(part)).count();
    }
}
