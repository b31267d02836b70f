/** Tests of the array engine, most of them against published or independently computed figures. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.sim.array;
