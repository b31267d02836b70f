/** What survives a restart: a map of bytes in an append-only log with checksums, compacted into snapshots. */
@NullMarked
package dev.grapevine.store;

import org.jspecify.annotations.NullMarked;
