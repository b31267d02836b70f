package dev.grapevine;

import dev.grapevine.runtime.Host;
import dev.grapevine.state.aggregate.AggregateCommand;
import dev.grapevine.state.aggregate.AggregateCompleted;
import dev.grapevine.state.aggregate.AggregateResult;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A number that every node may have a value of, and what all nodes know of all values: how many, their sum, mean, extremes and
 * quantiles, and how many nodes there are. Nobody collects it: each node averages with one random peer every half second, and
 * every fifteen seconds the result is there, on every node, and the next one is begun.
 *
 * <pre>{@code
 * node.aggregate("load").contribute(0.7);
 * node.aggregate("load").onResult(load -> System.out.println(load.mean() + " of " + load.count()));
 * }</pre>
 */
public final class Aggregate {
    private final String name;
    private final Host host;
    private final Grapevine node;

    Aggregate(String name, Host host, Grapevine node) {
        this.name = name;
        this.host = host;
        this.node = node;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** This node's value is this from now on; it counts from the next result but one on at the latest. {@code value} is finite. */
    public CompletableFuture<Void> contribute(double value) {
        return host.command(new AggregateCommand.Contribute(name, value)).thenAccept(done -> {});
    }

    /** This node has no value any more. */
    public CompletableFuture<Void> withdraw() {
        return host.command(new AggregateCommand.Withdraw(name)).thenAccept(done -> {});
    }

    /**
     * The last result, or how far the first one has come, which has {@code epoch} 1 and too few {@code cycles}. Fails with {@link
     * dev.grapevine.runtime.RefusedException} if nobody that this node heard of has a value.
     */
    public CompletableFuture<AggregateResult> read() {
        return host.command(new AggregateCommand.Read(name)).thenApply(AggregateResult.class::cast);
    }

    /** Adds a listener of results, one for every epoch. */
    public Subscription onResult(Consumer<? super AggregateResult> listener) {
        return node.listen(event -> {
            if (event instanceof AggregateCompleted(AggregateResult result)
                    && result.name().equals(name)) listener.accept(result);
        });
    }
}
