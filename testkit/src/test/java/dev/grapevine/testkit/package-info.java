@org.jspecify.annotations.NullMarked
package dev.grapevine.testkit;
