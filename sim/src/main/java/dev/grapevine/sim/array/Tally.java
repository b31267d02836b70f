package dev.grapevine.sim.array;

import java.util.Arrays;

/** How many knew after each round. */
final class Tally {
    private long[] informed = new long[64];
    private int size;

    Tally(long atStart) {
        add(atStart);
    }

    void add(long count) {
        if (size == informed.length) informed = Arrays.copyOf(informed, 2 * size);
        informed[size++] = count;
    }

    int rounds() {
        return size - 1;
    }

    long last() {
        return informed[size - 1];
    }

    /** Mean round of reception over the nodes reached: each round adds those that had not yet heard when it began. */
    private double meanReception() {
        double waiting = 0;
        for (int i = 0; i < size - 1; i++) waiting += last() - informed[i];
        return waiting / last();
    }

    Outcome outcome(double rounds, long payloads, long checkedPayloads, long contacts, long live) {
        return new Outcome(
                rounds,
                Arrays.copyOf(informed, size),
                payloads,
                checkedPayloads,
                contacts,
                meanReception(),
                live - last());
    }
}
