/**
 * Spreading: periodic state exchange, rumor mongering, trees and partial views. Every machine here speaks in messages, not in
 * bytes: whoever composes them maps peer names to addresses and owns the packets.
 */
@NullMarked
package dev.grapevine.broadcast;

import org.jspecify.annotations.NullMarked;
