package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.state.aggregate.AggregateCodec;
import dev.grapevine.state.aggregate.AggregateCommand;
import dev.grapevine.state.aggregate.AggregateCompleted;
import dev.grapevine.state.aggregate.AggregateMessage;
import dev.grapevine.state.aggregate.AggregateResult;
import dev.grapevine.state.aggregate.Aggregator;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Numbers of the whole cluster by {@link Aggregator}. It says nothing while nobody has a value of anything. */
final class AggregatePart implements Part {
    private final Aggregator<Address> aggregator;
    private final List<Aggregator.Effect<Address>> effects = new ArrayList<>();
    private Roster roster = Roster.EMPTY;

    AggregatePart(NodeSettings settings, RandomGenerator random) {
        aggregator = new Aggregator<>(settings.parts().aggregates(), random);
    }

    @Override
    public int type() {
        return 36;
    }

    @Override
    public Encodable decode(ByteBuffer body) {
        return AggregateCodec.read(body);
    }

    @Override
    public void received(Address from, Encodable message, PartContext context) {
        tell(new Aggregator.Input.Received<>(from, (AggregateMessage) message), context);
    }

    @Override
    public boolean commanded(long id, Command command, PartContext context) {
        if (!(command instanceof AggregateCommand asked)) return false;
        switch (asked) {
            case AggregateCommand.Contribute(String name, double value) -> {
                tell(new Aggregator.Input.Contribute<>(name, value), context);
                context.answer(id, true);
            }
            case AggregateCommand.Withdraw(String name) -> {
                tell(new Aggregator.Input.Withdraw<>(name), context);
                context.answer(id, true);
            }
            case AggregateCommand.Read(String name) -> {
                AggregateResult result = aggregator.completed(name);
                if (result == null) result = aggregator.current(name);
                if (result == null) context.refuse(id, "no node that this one heard of has a value of " + name);
                else context.answer(id, result);
            }
        }
        return true;
    }

    @Override
    public void tick(PartContext context) {
        refreshPeers(context);
        tell(new Aggregator.Input.Tick<>(), context);
    }

    @Override
    public long nextDeadlineNanos() {
        return aggregator.nextDeadlineNanos();
    }

    private void refreshPeers(PartContext context) {
        Roster now = context.roster();
        if (now == roster) return;
        roster = now;
        tell(new Aggregator.Input.Peers<>(now.others()), context);
    }

    private void tell(Aggregator.Input<Address> input, PartContext context) {
        aggregator.handle(input, context.nowNanos(), effects);
        for (Aggregator.Effect<Address> effect : effects) {
            switch (effect) {
                case Aggregator.Effect.Send<Address>(Address to, AggregateMessage message) ->
                    context.send(to, this, message);
                case Aggregator.Effect.Completed<Address>(AggregateResult result) ->
                    context.publish(new AggregateCompleted(result));
            }
        }
        effects.clear();
    }
}
