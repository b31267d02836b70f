/** The commands that run scenarios. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.agent.sim;
