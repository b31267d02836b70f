package dev.grapevine.node;

import dev.grapevine.broadcast.Epidemic;
import dev.grapevine.broadcast.EpidemicCodec;
import dev.grapevine.broadcast.EpidemicMessage;
import dev.grapevine.broadcast.EpidemicSettings;
import dev.grapevine.broadcast.Rumor;
import dev.grapevine.broadcast.RumorKey;
import dev.grapevine.broadcast.Version;
import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Rumors for everybody by {@link Epidemic} exchange. Its peers are named by their addresses, so that whoever sends can be answered. */
final class EpidemicPart implements Part {
    private final NodeSettings settings;
    private final Epidemic epidemic;
    private final List<Epidemic.Effect> spoken = new ArrayList<>();
    private long rumorNumber;
    private Roster roster = Roster.EMPTY;

    EpidemicPart(NodeSettings settings, int bodyBytes, RandomGenerator random) {
        this.settings = settings;
        epidemic = new Epidemic(
                settings.name(), Math.max(1, settings.generation()), exchange(settings, bodyBytes), random);
    }

    private static EpidemicSettings exchange(NodeSettings settings, int bodyBytes) {
        RumorSettings exchange = settings.exchange();
        return EpidemicSettings.of(exchange.periodNanos())
                .withFanout(exchange.fanout())
                // Nothing answers a digest at once: an offer first costs a round trip, but who asks several peers, or
                // is
                // pushed to meanwhile, then gets one payload and not one from each.
                .withSizes(bodyBytes, 0, NodeMachine.MAX_RUMOR_BYTES)
                .withLimits(
                        10_000,
                        64L << 20,
                        EpidemicSettings.Retention.DROP_OLDEST,
                        settings.parts().maxPeriodBytes())
                .withExchange(
                        switch (exchange.direction()) {
                            case PUSH -> EpidemicSettings.Exchange.PUSH;
                            case PULL -> EpidemicSettings.Exchange.PULL;
                            case PUSH_PULL -> EpidemicSettings.Exchange.PUSH_PULL;
                        },
                        exchange.always() ? EpidemicSettings.Activity.CONTINUOUS : EpidemicSettings.Activity.QUIET);
    }

    Epidemic epidemic() {
        return epidemic;
    }

    @Override
    public int type() {
        return 32;
    }

    @Override
    public Encodable decode(ByteBuffer body) {
        return EpidemicCodec.decode(body);
    }

    @Override
    public void received(Address from, Encodable message, PartContext context) {
        refreshPeers(context);
        tell(new Epidemic.Input.Received(from.toString(), (EpidemicMessage) message), context);
    }

    @Override
    public boolean commanded(long id, Command command, PartContext context) {
        if (!(command instanceof NodeCommand.Gossip(String key, byte[] payload))) return false;
        String name = key.isEmpty() ? "#" + ++rumorNumber : key;
        refreshPeers(context);
        epidemic.handle(new Epidemic.Input.Put(name, payload.clone()), context.nowNanos(), spoken);
        String refusal = refusal();
        if (refusal != null) {
            spoken.clear();
            throw new IllegalArgumentException(refusal);
        }
        perform(context);
        context.answer(id, name);
        return true;
    }

    private @Nullable String refusal() {
        for (Epidemic.Effect effect : spoken)
            if (effect instanceof Epidemic.Effect.Refused refused) return refused.reason();
        return null;
    }

    @Override
    public void tick(PartContext context) {
        refreshPeers(context);
        tell(new Epidemic.Input.Tick(), context);
    }

    @Override
    public long nextDeadlineNanos() {
        return epidemic.nextDeadlineNanos();
    }

    @Override
    public int digest() {
        return epidemic.digest();
    }

    @Override
    public void differs(Address peer, PartContext context) {
        refreshPeers(context); // in quiet times nobody else does, and who came since then is the one that differs
        tell(new Epidemic.Input.ReconcileWith(peer.toString()), context);
    }

    private void tell(Epidemic.Input input, PartContext context) {
        epidemic.handle(input, context.nowNanos(), spoken);
        perform(context);
    }

    private void refreshPeers(PartContext context) {
        Roster now = context.roster();
        if (now == roster) return;
        roster = now;
        List<String> names = new ArrayList<>(now.others().size());
        for (Address each : now.others()) names.add(each.toString());
        tell(new Epidemic.Input.Peers(names), context);
    }

    private void perform(PartContext context) {
        for (int i = 0; i < spoken.size(); i++) perform(spoken.get(i), context);
        spoken.clear();
    }

    private void perform(Epidemic.Effect effect, PartContext context) {
        switch (effect) {
            case Epidemic.Effect.Send(String to, EpidemicMessage message, boolean large) -> {
                // What does not go by stream now is asked for again, as if it had been lost.
                if (large) context.sendByStream(address(to), this, message);
                else context.send(address(to), this, message);
            }
            case Epidemic.Effect.Deliver(Rumor rumor, List<Rumor> values, String from, long atNanos) ->
                context.publish(new NodeEvent.RumorReceived(
                        rumor.key().name(),
                        rumor.payload(),
                        rumor.key().owner(),
                        address(from),
                        rumor.hops(),
                        atNanos));
            case Epidemic.Effect.Stored(RumorKey key, Version version) -> {
                List<Rumor> values = epidemic.values(key);
                if (!values.isEmpty())
                    context.publish(new NodeEvent.RumorReceived(
                            key.name(),
                            values.getFirst().payload(),
                            settings.name(),
                            context.self().address(),
                            0,
                            context.nowNanos()));
            }
            case Epidemic.Effect.Refused refused -> {} // told to the application when it asked
        }
    }

    private static Address address(String peer) {
        Address address = Address.parse(peer, 0);
        if (address == null) throw new IllegalStateException("no address: " + peer);
        return address;
    }
}
