/**
 * Topics: broadcast with a stated promise ({@link dev.grapevine.topic.Promise}) over trees with acknowledged links, announcements and
 * comparison of digests. The machine speaks in messages; {@link dev.grapevine.topic.TopicCodec} has their bytes.
 */
@NullMarked
package dev.grapevine.topic;

import org.jspecify.annotations.NullMarked;
