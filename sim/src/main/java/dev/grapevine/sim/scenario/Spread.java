package dev.grapevine.sim.scenario;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A growing set of measured values, whose quantiles are exact. */
final class Spread {
    private long[] values = new long[64];
    private int size;
    private boolean sorted = true;

    void add(long value) {
        if (size == values.length) values = Arrays.copyOf(values, size * 2);
        values[size++] = value;
        sorted = false;
    }

    void addTo(Spread other) {
        for (int i = 0; i < size; i++) other.add(values[i]);
    }

    int size() {
        return size;
    }

    /** The smallest value that at least the share {@code q} of all values does not exceed; 0 when there is none. */
    long quantile(double q) {
        if (size == 0) return 0;
        if (!sorted) Arrays.sort(values, 0, size);
        sorted = true;
        return values[Math.max(0, (int) Math.ceil(q * size) - 1)];
    }

    /** All values as seconds, ascending, if they are nanoseconds. */
    double[] seconds() {
        double[] seconds = new double[size];
        for (int i = 0; i < size; i++) seconds[i] = values[i] / 1e9;
        Arrays.sort(seconds);
        return seconds;
    }

    double mean() {
        double sum = 0;
        for (int i = 0; i < size; i++) sum += values[i];
        return size == 0 ? 0 : sum / size;
    }

    /** Count, median, 99 %, 99.9 % and most, in seconds if the values are nanoseconds. */
    Map<String, Object> inSeconds() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("count", size);
        map.put("median", quantile(0.5) / 1e9);
        map.put("p99", quantile(0.99) / 1e9);
        map.put("p999", quantile(0.999) / 1e9);
        map.put("max", quantile(1) / 1e9);
        return map;
    }

    /** Mean, 99 % and most. */
    Map<String, Object> asRate() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("mean", Math.round(mean() * 10) / 10.0);
        map.put("p99", quantile(0.99));
        map.put("max", quantile(1));
        return map;
    }
}
