/**
 * Epidemics among 1 to 10⁹ nodes on arrays: one or two bits a node, no objects, no messages. The results are a pure
 * function of the settings and the seed, whatever the number of threads and on any JVM.
 */
@org.jspecify.annotations.NullMarked
package dev.grapevine.sim.array;
