/** Broadcast on virtual time: topics, trees and partial views of many nodes, without the rest of a node around them. */
@NullMarked
package dev.grapevine.sim.broadcast;

import org.jspecify.annotations.NullMarked;
