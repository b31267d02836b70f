/** Entry points for fuzzers, and a test that runs each of them on captured and spoilt bytes. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.serf.fuzz;
