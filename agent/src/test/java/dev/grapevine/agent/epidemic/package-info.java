/** Tests of the epidemics' commands. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.agent.epidemic;
