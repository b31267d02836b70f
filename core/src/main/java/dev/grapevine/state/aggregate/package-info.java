/**
 * Numbers of the whole cluster that no node collects: each node has a value, and all get to know the count, sum, mean, extremes
 * and quantiles of all values, and how many nodes there are, by averaging with one random peer at a time.
 */
@NullMarked
package dev.grapevine.state.aggregate;

import org.jspecify.annotations.NullMarked;
