/** The part of MessagePack that Serf and memberlist speak, in its two dialects, read within hard budgets. */
@NullMarked
package dev.grapevine.serf.msgpack;

import org.jspecify.annotations.NullMarked;
