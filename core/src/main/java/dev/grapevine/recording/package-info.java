/**
 * The format of recordings ({@code docs/replay.md}): one machine's inputs as bytes, and what it did about each as hashes. Written by
 * the runtime, read by the replay; bytes in and bytes out, without files.
 */
@NullMarked
package dev.grapevine.recording;

import org.jspecify.annotations.NullMarked;
