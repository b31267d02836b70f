/** Serf in its own words: the machine, its commands and events, its messages. */
@NullMarked
package dev.grapevine.serf;

import org.jspecify.annotations.NullMarked;
