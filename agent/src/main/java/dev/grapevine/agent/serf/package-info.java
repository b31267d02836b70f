/** A drop-in {@code serf}: the agent with its RPC server, handlers and files, and the command-line client. */
@NullMarked
package dev.grapevine.agent.serf;

import org.jspecify.annotations.NullMarked;
