/** Scenarios: which cluster, which network, what goes wrong when, and what must hold; run, measured, hunted and shrunk. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.sim.scenario;
