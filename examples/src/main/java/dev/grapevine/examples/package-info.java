/** Small services on Grapevine. Their tests run on real sockets, and on a simulated cluster. */
@NullMarked
package dev.grapevine.examples;

import org.jspecify.annotations.NullMarked;
