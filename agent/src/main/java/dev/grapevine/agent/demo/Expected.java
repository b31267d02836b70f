package dev.grapevine.agent.demo;

import dev.grapevine.broadcast.EpidemicSettings;
import dev.grapevine.sim.array.Contacts;
import dev.grapevine.sim.array.Exchange;
import dev.grapevine.sim.array.PeriodOracle;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How many periods theory gives a rumor to reach everybody. */
final class Expected {
    private static final long SEED = 1; // of the oracle's own runs: the same question always has the same answer

    private static final int SMALL = EpidemicSettings.of(1).directBytes();

    private Expected() {}

    /**
     * @return the mean over runs of the model; null if so much is lost that the model does not end in reasonable time
     */
    static @Nullable Double periods(DemoOptions options) {
        int nodes = options.nodes();
        if (nodes == 1) return 0.0;
        double arrives = 1 - options.loss();
        // Push: offer, request, payload. Pull: digest, payload; a payload that is not small is offered and requested in
        // between.
        double push = Math.pow(arrives, 3);
        int bytes = options.message().getBytes(StandardCharsets.UTF_8).length;
        double pull = Math.pow(arrives, bytes <= SMALL ? 2 : 4);
        if (Math.min(push, pull) < 0.01) return null;
        int runs = Math.max(20, Math.min(1_000, 200_000 / nodes));
        Exchange exchange = Exchange.of(options.exchangeWord());
        return PeriodOracle.estimate(
                        nodes,
                        exchange,
                        Math.min(options.fanout(), nodes - 1),
                        Contacts.AT_ONCE,
                        push,
                        pull,
                        runs,
                        SEED)
                .mean();
    }
}
