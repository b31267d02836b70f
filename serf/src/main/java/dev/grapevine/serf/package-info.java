/** Serf and memberlist in their own words: messages, codecs, machines. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.serf;
