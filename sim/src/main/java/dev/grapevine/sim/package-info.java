/** Any machine on a virtual network: virtual time, links that carry encoded bytes, faults, invariants. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.sim;
