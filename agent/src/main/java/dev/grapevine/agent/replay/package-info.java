/** {@code grapevine replay}: what a recorded node did, done again and compared, for one node or a whole cluster. */
@NullMarked
package dev.grapevine.agent.replay;

import org.jspecify.annotations.NullMarked;
