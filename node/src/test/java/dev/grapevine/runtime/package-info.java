/** The driver, tested with toy machines on real loopback sockets. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.runtime;
