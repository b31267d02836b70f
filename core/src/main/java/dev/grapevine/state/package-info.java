/**
 * Replicated state: facts that one node owns and entries that any node may write, in one store with one anti-entropy. Knows no
 * socket and no membership; the members are an input. The design is in {@code docs/protocols/state.md}.
 */
@NullMarked
package dev.grapevine.state;

import org.jspecify.annotations.NullMarked;
