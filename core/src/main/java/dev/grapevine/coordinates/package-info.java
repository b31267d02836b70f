/** Network coordinates: round trips between any two members, estimated from those that were measured. */
@NullMarked
package dev.grapevine.coordinates;

import org.jspecify.annotations.NullMarked;
