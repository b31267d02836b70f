/** {@code grapevine sim epidemic} and {@code grapevine sim verify}: the array engine on the command line. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.agent.epidemic;
