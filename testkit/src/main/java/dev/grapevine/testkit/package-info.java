/** A JUnit extension that runs tests on a simulated cluster, in virtual time, from many seeds ({@code docs/testkit.md}). */
@NullMarked
package dev.grapevine.testkit;

import org.jspecify.annotations.NullMarked;
