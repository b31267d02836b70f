/** {@code grapevine sim}: scenarios on the virtual network, hunts for seeds that break a rule, and transcripts. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.agent.sim;
