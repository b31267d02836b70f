/**
 * The machine that is a node: it composes the protocols, packs what they want to say into packets, and owns the native codec
 * ({@code docs/protocols/native.md}).
 */
@NullMarked
package dev.grapevine.node;

import org.jspecify.annotations.NullMarked;
