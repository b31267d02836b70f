/** Runs any {@link dev.grapevine.core.Machine} on real sockets: one selector, one platform thread, many machines. */
@NullMarked
package dev.grapevine.runtime;

import org.jspecify.annotations.NullMarked;
