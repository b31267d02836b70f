/** The {@code grapevine} program. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.agent;
