package dev.grapevine.agent.serf;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Durations as Go reads and prints them: {@code 300ms}, {@code -1.5h}, {@code 2h45m}. */
final class GoDuration {
    private static final String[] UNITS = {"ns", "us", "µs", "μs", "ms", "s", "m", "h"};
    private static final long[] NANOS = {
        1, 1_000, 1_000, 1_000, 1_000_000, 1_000_000_000L, 60_000_000_000L, 3_600_000_000_000L
    };

    private GoDuration() {}

    /**
     * Nanoseconds.
     *
     * @throws IllegalArgumentException with Go's words
     */
    static long parse(String text) {
        String left = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        if (left.equals("0")) return 0;
        if (left.isEmpty()) throw invalid(text);
        BigDecimal sum = BigDecimal.ZERO;
        while (!left.isEmpty()) {
            int digits = span(left, true);
            String number = left.substring(0, digits);
            left = left.substring(digits);
            int dots = number.length() - number.replace(".", "").length();
            if (dots > 1 || number.length() == dots || number.length() > 40) throw invalid(text);
            String unit = left.substring(0, span(left, false));
            if (unit.isEmpty())
                throw new IllegalArgumentException("time: missing unit in duration " + GoFlags.quoted(text));
            left = left.substring(unit.length());
            int index = java.util.List.of(UNITS).indexOf(unit);
            if (index < 0)
                throw new IllegalArgumentException(
                        "time: unknown unit " + GoFlags.quoted(unit) + " in duration " + GoFlags.quoted(text));
            sum = sum.add(new BigDecimal(number.endsWith(".") ? number + "0" : number)
                    .multiply(new BigDecimal(NANOS[index])));
        }
        if (sum.compareTo(new BigDecimal(Long.MAX_VALUE)) > 0) throw invalid(text);
        long nanos = sum.setScale(0, RoundingMode.DOWN).longValueExact();
        return text.startsWith("-") ? -nanos : nanos;
    }

    /** Go's shortest spelling, for example {@code 1m30s} or {@code 1.5s}. */
    static String format(long nanos) {
        if (nanos == 0) return "0s";
        String sign = nanos < 0 ? "-" : "";
        long value = Math.abs(nanos);
        if (value < 1_000) return sign + value + "ns";
        if (value < 1_000_000) return sign + scaled(value, 3) + "µs";
        if (value < 1_000_000_000L) return sign + scaled(value, 6) + "ms";
        long minutes = value / 60_000_000_000L;
        String seconds = scaled(value % 60_000_000_000L, 9) + "s";
        if (minutes == 0) return sign + seconds;
        if (minutes < 60) return sign + minutes + "m" + seconds;
        return sign + minutes / 60 + "h" + minutes % 60 + "m" + seconds;
    }

    private static String scaled(long value, int places) {
        BigDecimal number = BigDecimal.valueOf(value, places).stripTrailingZeros();
        return number.toPlainString();
    }

    private static int span(String text, boolean digits) {
        int length = 0;
        while (length < text.length()) {
            char c = text.charAt(length);
            if ((c >= '0' && c <= '9' || c == '.') != digits) break;
            length++;
        }
        return length;
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("time: invalid duration " + GoFlags.quoted(text));
    }
}
