/** The one contract every gossip protocol follows here, and the vocabulary all of them share. */
@NullMarked
package dev.grapevine.core;

import org.jspecify.annotations.NullMarked;
