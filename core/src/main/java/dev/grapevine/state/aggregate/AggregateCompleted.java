package dev.grapevine.state.aggregate;

import dev.grapevine.core.Event;

/** An epoch of an aggregate is over. */
public record AggregateCompleted(AggregateResult result) implements Event {}
