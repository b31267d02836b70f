/** The demonstration, run as a user runs it. */
@org.jspecify.annotations.NullMarked
package dev.grapevine.agent.demo;
