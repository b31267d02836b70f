/** The library on real loopback sockets. */
@org.jspecify.annotations.NullMarked
package dev.grapevine;
