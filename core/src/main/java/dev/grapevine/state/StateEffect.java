package dev.grapevine.state;

import dev.grapevine.core.Address;
import dev.grapevine.state.reconcile.ReconcileMessage;

/** What a {@link StateReplica} asks for, in order. */
public sealed interface StateEffect {
    /** Send a message, whose bytes are given too; {@code stream} if it is too large for a datagram or must not be lost. */
    @SuppressWarnings("ArrayRecordComponent") // made once, never compared
    record Send(Address to, StateMessage message, byte[] bytes, boolean stream) implements StateEffect {}

    /** Send a message about a comparison of all entries; {@code stream} likewise. */
    record Compare(Address to, ReconcileMessage message, boolean stream) implements StateEffect {}

    /** Tell the application. */
    record Publish(StateEvent event) implements StateEffect {}

    /** A {@link StateInput.Write} was made. */
    record Written(long id, Update update) implements StateEffect {}

    /** A {@link StateInput.Await} is over. */
    record Seen(long id, SeenBy seen) implements StateEffect {}

    /** A command cannot be done; the sentence says what to do. */
    record Refuse(long id, String reason) implements StateEffect {}
}
