/** Benchmarks of the hot paths: bytes in, bytes out. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.bench;
