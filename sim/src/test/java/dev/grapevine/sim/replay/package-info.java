@org.jspecify.annotations.NullMarked
package dev.grapevine.sim.replay;
