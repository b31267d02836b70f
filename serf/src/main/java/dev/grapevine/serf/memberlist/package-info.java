/** memberlist, the layer under Serf: packets, streams, encryption, the node table and its merge rules. */
@NullMarked
package dev.grapevine.serf.memberlist;

import org.jspecify.annotations.NullMarked;
