@org.jspecify.annotations.NullMarked
package dev.grapevine.agent.replay;
