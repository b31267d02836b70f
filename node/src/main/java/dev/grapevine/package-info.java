/** The embeddable gossip node: {@code Grapevine.start(...)} and what it gives back. */
@NullMarked
package dev.grapevine;

import org.jspecify.annotations.NullMarked;
