/** Reports of simulations: one page of HTML each, with everything in it. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.agent.report;
