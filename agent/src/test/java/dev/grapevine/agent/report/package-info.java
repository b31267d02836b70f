/** The pages that simulations write, in a real browser. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.agent.report;
