package dev.grapevine.agent.demo;

import java.util.List;
import java.util.Map;

/**
 * What {@code grapevine demo state} has to tell.
 *
 * @param writes how many were made, by all nodes together
 * @param converged whether all nodes ended with the same digest, the counter right and the last update seen by everyone
 * @param convergedMillis from the end of the partition until all digests were equal, -1 if they never were
 * @param seenMillis from then until everyone was known to have node 0's last update, -1 if that never was
 * @param stateBytes that all nodes sent for state from the end of the partition until all digests were equal
 * @param changes that all nodes were told of in that time: entries that differed, counted at each node that lacked them
 * @param bytesPerDifference {@code stateBytes} for each of {@code changes}
 * @param counter the counter's value at node 0
 * @param counterExpected how often it was moved
 * @param digests each node's
 * @param siblings values that were written concurrently, by key
 */
record StateDemoResult(
        int nodes,
        double loss,
        long seed,
        int writes,
        boolean converged,
        double joinMillis,
        double partitionMillis,
        double convergedMillis,
        double seenMillis,
        long stateBytes,
        long changes,
        double bytesPerDifference,
        long counter,
        long counterExpected,
        Map<String, String> digests,
        Map<String, List<String>> siblings) {}
