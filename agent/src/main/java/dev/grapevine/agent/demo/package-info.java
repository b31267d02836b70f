/** {@code grapevine demo}: real nodes on real sockets form a cluster, and a rumor spreads. */
@NullMarked
package dev.grapevine.agent.demo;

import org.jspecify.annotations.NullMarked;
