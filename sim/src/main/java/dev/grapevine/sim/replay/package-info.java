/** Gives recorded inputs to the same machine code again, and compares what it does ({@code docs/replay.md}). */
@NullMarked
package dev.grapevine.sim.replay;

import org.jspecify.annotations.NullMarked;
