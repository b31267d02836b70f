/** Vectors, handlers and simulated clusters. */
@NullMarked
package dev.grapevine.serf;

import org.jspecify.annotations.NullMarked;
