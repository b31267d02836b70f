/**
 * Set reconciliation: two nodes find out what differs between two sets of 64-bit ids for bytes that grow with the difference
 * and not with the sets. Small differences by PinSketch, large ones by a rateless IBLT, ranges of ordered ids to compare with,
 * and the exchange that chooses between them. Machines and arithmetic; whoever composes them owns the entries behind the ids.
 */
@NullMarked
package dev.grapevine.state.reconcile;

import org.jspecify.annotations.NullMarked;
