/** A member of a Serf cluster on real sockets: the library's way in, with the files that outlive a restart. */
@NullMarked
package dev.grapevine.serf.node;

import org.jspecify.annotations.NullMarked;
