/**
 * Who is in the cluster, who is alive, and why we think so: SWIM (Das, Gupta, Motivala 2002) with Lifeguard (Dadgar, Phillips,
 * Currey 2018), anti-entropy of the member table, and a memory that forgets nobody silently. Messages and effects are values;
 * bytes are the business of {@code dev.grapevine.node}.
 */
@NullMarked
package dev.grapevine.membership;

import org.jspecify.annotations.NullMarked;
