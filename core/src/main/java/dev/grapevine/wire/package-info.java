/** Byte cursors, varints, checksums and sealed packets. Knows no protocol. */
@NullMarked
package dev.grapevine.wire;

import org.jspecify.annotations.NullMarked;
