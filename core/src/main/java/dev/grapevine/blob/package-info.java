/** Large payloads: announced by their hash, fetched once from one of those who have them, in chunks that are each verified. */
@NullMarked
package dev.grapevine.blob;

import org.jspecify.annotations.NullMarked;
