/** Records what a machine on real sockets was given, so that it can be replayed: {@code docs/replay.md}. */
@NullMarked
package dev.grapevine.recorder;

import org.jspecify.annotations.NullMarked;
