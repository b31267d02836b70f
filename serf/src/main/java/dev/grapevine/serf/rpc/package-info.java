/** The agent's RPC protocol (IPC version 1): requests, answers and streamed records, and their bytes. No sockets. */
@NullMarked
package dev.grapevine.serf.rpc;

import org.jspecify.annotations.NullMarked;
