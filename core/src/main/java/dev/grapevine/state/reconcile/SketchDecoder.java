package dev.grapevine.state.reconcile;

import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * From syndromes to elements: Berlekamp-Massey finds the shortest recurrence that gives the power sums; the elements are the
 * roots of its reversed polynomial p. The roots are told apart by traces (Berlekamp 1970): for a basis element β, the trace of
 * β·r is 0 or 1 for each root r, and any two roots differ for one β of the basis. The powers x^(2^i) mod p are computed once;
 * every trace is a combination of them, and x^(2^bits) = x mod p says beforehand that p has as many distinct roots as its
 * degree. So hostile syndromes cost what good ones do: O(bits · c²), no luck needed.
 */
final class SketchDecoder {
    private final BinaryField field;
    private final FieldTable table;

    private SketchDecoder(BinaryField field) {
        this.field = field;
        this.table = new FieldTable(field);
    }

    static long @Nullable [] decode(BinaryField field, long[] odd) {
        SketchDecoder decoder = new SketchDecoder(field);
        long[] locator = decoder.recurrence(odd);
        if (locator == null) return null;
        int degree = locator.length - 1;
        if (degree == 0) return new long[0];
        // Reversed: monic, since the locator starts with 1. Its constant is the product of the roots, which are not 0.
        if (locator[degree] == 0) return null;
        long[] monic = new long[degree]; // low coefficients first, the leading 1 left out
        for (int i = 0; i < degree; i++) monic[i] = locator[degree - i];
        return degree == 1 ? monic : decoder.roots(monic);
    }

    /** The locator polynomial of the shortest recurrence, its constant 1; null if longer than the capacity. */
    private long @Nullable [] recurrence(long[] odd) {
        int capacity = odd.length;
        long[] sums =
                new long[2 * capacity]; // sums[k] = sum of the powers k + 1; an even one is the square of its half
        for (int k = 0; k < sums.length; k++) sums[k] = k % 2 == 0 ? odd[k / 2] : field.square(sums[k / 2]);
        long[] current = new long[sums.length + 2];
        long[] previous = new long[sums.length + 2];
        current[0] = 1;
        previous[0] = 1;
        int length = 0;
        int previousLength = 0;
        int gap = 1;
        long previousInverse = 1;
        for (int n = 0; n < sums.length; n++, gap++) {
            long discrepancy = sums[n];
            for (int i = 1; i <= length; i++)
                if (current[i] != 0 && sums[n - i] != 0) discrepancy ^= field.multiply(current[i], sums[n - i]);
            if (discrepancy == 0) continue;
            long[] before = null;
            int lengthBefore = length;
            if (2 * length <= n) {
                before = Arrays.copyOf(current, length + 1);
                length = n + 1 - length;
                if (length > capacity) return null;
            }
            table.factor(field.multiply(discrepancy, previousInverse));
            table.addProducts(previous, 0, current, gap, previousLength + 1);
            if (before != null) {
                Arrays.fill(previous, 0);
                System.arraycopy(before, 0, previous, 0, before.length);
                previousLength = lengthBefore;
                previousInverse = field.invert(discrepancy);
                gap = 0;
            }
        }
        return Arrays.copyOf(current, length + 1);
    }

    private record Factor(long[] monic, int basis) {}

    /** The roots of {@code p}, of degree 2 or more; null unless it has as many distinct ones as its degree. */
    private long @Nullable [] roots(long[] p) {
        int degree = p.length;
        long[][] powers = conjugates(p);
        if (powers == null) return null;
        long[] roots = new long[degree];
        int found = 0;
        long[][] traces = new long[field.bits()][];
        ArrayDeque<Factor> open = new ArrayDeque<>();
        open.push(new Factor(p, 0));
        while (!open.isEmpty()) {
            Factor factor = open.pop();
            long[] q = factor.monic();
            if (q.length == 1) {
                roots[found++] = q[0];
                continue;
            }
            if (factor.basis() == field.bits()) return null; // two equal roots: cannot be, after the check above
            if (traces[factor.basis()] == null) traces[factor.basis()] = trace(1L << factor.basis(), powers);
            long[] trace = remainder(traces[factor.basis()], q);
            long[] common = gcd(q, trace);
            if (common.length == 0 || common.length == q.length) {
                open.push(new Factor(q, factor.basis() + 1));
            } else {
                open.push(new Factor(common, factor.basis() + 1));
                open.push(new Factor(quotient(q, common), factor.basis() + 1));
            }
        }
        return roots;
    }

    /** x^(2^i) mod p for i below bits; null unless x^(2^bits) = x. */
    private long @Nullable [][] conjugates(long[] p) {
        int degree = p.length;
        int firstHigh = (degree + 1) / 2;
        long[][] evenPowers = new long[degree - firstHigh][]; // x^(2·firstHigh), x^(2·firstHigh + 2), ...
        long[] power = p.clone(); // x^degree
        for (int k = degree; k <= 2 * degree - 2; k++) {
            if (k % 2 == 0) evenPowers[k / 2 - firstHigh] = power.clone();
            long top = power[degree - 1];
            System.arraycopy(power, 0, power, 1, degree - 1);
            power[0] = 0;
            addScaled(top, p, power, degree);
        }
        long[][] conjugates = new long[field.bits()][];
        long[] x = new long[degree];
        x[1] = 1;
        long[] last = x;
        for (int i = 0; i < conjugates.length; i++) {
            conjugates[i] = last;
            long[] square = new long[degree];
            for (int k = 0; k < firstHigh; k++) square[2 * k] = field.square(last[k]);
            for (int k = firstHigh; k < degree; k++)
                addScaled(field.square(last[k]), evenPowers[k - firstHigh], square, degree);
            last = square;
        }
        return Arrays.equals(last, x) ? conjugates : null;
    }

    /** The trace of beta·x, a polynomial modulo p. */
    private long[] trace(long beta, long[][] conjugates) {
        int degree = conjugates[0].length;
        long[] trace = new long[degree];
        for (long[] conjugate : conjugates) {
            addScaled(beta, conjugate, trace, degree);
            beta = field.square(beta);
        }
        return trace;
    }

    private void addScaled(long scale, long[] from, long[] to, int count) {
        if (scale == 0) return;
        if (count >= 12) {
            table.factor(scale);
            table.addProducts(from, 0, to, 0, count);
        } else {
            for (int i = 0; i < count; i++) to[i] ^= field.multiply(scale, from[i]);
        }
    }

    /** {@code a} mod the monic {@code q}: as many coefficients as q's degree. */
    private long[] remainder(long[] a, long[] q) {
        if (a.length <= q.length) return a.length == q.length ? a : Arrays.copyOf(a, q.length);
        long[] rest = a.clone();
        for (int top = rest.length - 1; top >= q.length; top--) addShifted(rest[top], q, rest, top - q.length);
        return Arrays.copyOf(rest, q.length);
    }

    /** {@code q} divided by {@code divisor}, both monic, which leaves nothing. */
    private long[] quotient(long[] q, long[] divisor) {
        int degree = q.length - divisor.length;
        long[] rest = Arrays.copyOf(q, q.length + 1);
        rest[q.length] = 1;
        long[] quotient = new long[degree + 1];
        for (int i = degree; i >= 0; i--) {
            long top = rest[i + divisor.length];
            quotient[i] = top;
            addShifted(top, divisor, rest, i);
        }
        return Arrays.copyOf(quotient, degree);
    }

    /** The monic greatest common divisor of a monic polynomial and any other of a smaller degree. */
    private long[] gcd(long[] monic, long[] other) {
        long[] a = monic;
        long[] b = other;
        while (true) {
            int degree = b.length;
            while (degree > 0 && b[degree - 1] == 0) degree--;
            if (degree == 0) return a;
            long[] next = new long[degree - 1]; // b made monic
            long scale = field.invert(b[degree - 1]);
            addScaled(scale, b, next, degree - 1);
            b = remainder(withLeadingOne(a), next);
            a = next;
            if (a.length == 0) return a;
        }
    }

    private static long[] withLeadingOne(long[] monic) {
        long[] whole = Arrays.copyOf(monic, monic.length + 1);
        whole[monic.length] = 1;
        return whole;
    }

    private void addShifted(long scale, long[] from, long[] to, int at) {
        if (scale == 0) return;
        if (from.length >= 12) {
            table.factor(scale);
            table.addProducts(from, 0, to, at, from.length);
        } else {
            for (int i = 0; i < from.length; i++) to[at + i] ^= field.multiply(scale, from[i]);
        }
    }
}
