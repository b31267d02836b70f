package dev.grapevine.state.reconcile;

/**
 * Products with one factor: a table of four bits a step, so that a product is one look-up for each four bits of the other
 * factor and no reduction. Setting a factor costs as much as some fifteen products, so it pays from about a dozen products on.
 * Not thread-safe; holds 2 KB.
 */
final class FieldTable {
    private final BinaryField field;
    private final int steps;
    private final long[] table;

    FieldTable(BinaryField field) {
        this.field = field;
        this.steps = field.bits() / 4;
        this.table = new long[steps * 16];
    }

    /** Makes {@link #times} multiply with {@code factor} from now on. */
    void factor(long factor) {
        long power = factor;
        long[] t = table;
        for (int at = 0; at < t.length; at += 16) {
            long p1 = power;
            long p2 = field.timesX(p1);
            long p4 = field.timesX(p2);
            long p8 = field.timesX(p4);
            power = field.timesX(p8);
            t[at + 1] = p1;
            t[at + 2] = p2;
            t[at + 3] = p1 ^ p2;
            t[at + 4] = p4;
            for (int i = 1; i < 4; i++) t[at + 4 + i] = p4 ^ t[at + i];
            t[at + 8] = p8;
            for (int i = 1; i < 8; i++) t[at + 8 + i] = p8 ^ t[at + i];
        }
    }

    long times(long x) {
        long[] t = table;
        long product = 0;
        for (int at = 0; at < t.length; at += 16) {
            product ^= t[at + (int) (x & 15)];
            x >>>= 4;
        }
        return product;
    }

    /** {@code to[toAt + i] ^= factor * from[fromAt + i]} for {@code count} values of i. */
    void addProducts(long[] from, int fromAt, long[] to, int toAt, int count) {
        for (int i = 0; i < count; i++) {
            long x = from[fromAt + i];
            if (x != 0) to[toAt + i] ^= times(x);
        }
    }
}
