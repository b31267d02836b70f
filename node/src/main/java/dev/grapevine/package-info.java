/** The embeddable gossip node: {@code Grapevine.start(...)} and what it gives back. */
@org.jspecify.annotations.NullMarked
package dev.grapevine;
