package dev.grapevine.node;

import dev.grapevine.core.Address;
import dev.grapevine.core.Command;
import dev.grapevine.state.reconcile.ReconcileCodec;
import dev.grapevine.state.reconcile.ReconcileMessage;
import dev.grapevine.wire.Encodable;
import java.nio.ByteBuffer;

/** The comparison of all entries of replicated state, in messages of a type of its own. What it asks and when is {@link StatePart}'s. */
final class ReconcilePart implements Part {
    static final int TYPE = 35;

    private final StatePart state;

    ReconcilePart(StatePart state) {
        this.state = state;
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public Encodable decode(ByteBuffer body) {
        return ReconcileCodec.read(body);
    }

    @Override
    public void received(Address from, Encodable message, PartContext context) {
        state.compared(from, (ReconcileMessage) message, context);
    }

    @Override
    public boolean commanded(long id, Command command, PartContext context) {
        return false;
    }

    @Override
    public void tick(PartContext context) {}

    @Override
    public long nextDeadlineNanos() {
        return Long.MAX_VALUE;
    }
}
