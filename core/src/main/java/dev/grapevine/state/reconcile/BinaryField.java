package dev.grapevine.state.reconcile;

/**
 * A finite field of 2^bits elements: polynomials over GF(2), one bit a coefficient, modulo x^bits + x^a + x^b + x^c + 1 (the
 * first irreducible pentanomial of its degree, the same as in libminisketch). An element is a long below 2^bits; its sum with
 * another is their exclusive or.
 *
 * <p>The JVM has no carry-less multiplication, so {@link #multiply} spreads the bits of both factors into every fourth place,
 * where ordinary multiplication has room for its carries (a known trick of constant-time GHASH). Many products with one
 * factor are cheaper by {@link FieldTable}.
 */
public final class BinaryField {
    /** 2^32 elements: the short ids of BIP-330 (Erlay), x^32 + x^7 + x^3 + x^2 + 1. */
    public static final BinaryField GF32 = new BinaryField(32, 7, 3, 2);

    /** 2^48 elements, x^48 + x^5 + x^3 + x^2 + 1. */
    public static final BinaryField GF48 = new BinaryField(48, 5, 3, 2);

    /** 2^64 elements, x^64 + x^4 + x^3 + x + 1. */
    public static final BinaryField GF64 = new BinaryField(64, 4, 3, 1);

    private static final long EVERY_FOURTH = 0x1111_1111_1111_1111L;

    private final int bits;
    private final int a;
    private final int b;
    private final int c;
    private final long mask;

    private BinaryField(int bits, int a, int b, int c) {
        this.bits = bits;
        this.a = a;
        this.b = b;
        this.c = c;
        this.mask = -1L >>> 64 - bits;
    }

    /** Bits of an element, a multiple of 8. */
    public int bits() {
        return bits;
    }

    /** Bytes of an element on the wire. */
    public int bytes() {
        return bits / 8;
    }

    /** The largest element, as an unsigned number. */
    public long mask() {
        return mask;
    }

    /** The coefficients of the modulus below x^bits. */
    long lowModulus() {
        return 1L | 1L << a | 1L << b | 1L << c;
    }

    /** {@code x} times the polynomial x. */
    long timesX(long x) {
        return x << 1 & mask ^ (x >>> bits - 1) * lowModulus();
    }

    /** The product of two elements. */
    public long multiply(long x, long y) {
        long low = carrylessLow(x, y);
        long high = Long.reverse(carrylessLow(Long.reverse(x), Long.reverse(y))) >>> 1;
        return reduce(high, low);
    }

    /** The product of {@code x} with itself: its bits, a zero between any two. */
    public long square(long x) {
        return reduce(spread(x >>> 32), spread(x & 0xFFFF_FFFFL));
    }

    /**
     * The element that {@code x} must be multiplied by to give 1: x^(2^bits - 2).
     *
     * @throws ArithmeticException if {@code x} is 0
     */
    public long invert(long x) {
        if (x == 0) throw new ArithmeticException("0 has no inverse");
        long power = x; // x^(2^k - 1), k from 1
        for (int k = 2; k < bits; k++) power = multiply(square(power), x);
        return square(power);
    }

    /** {@code high}·2^64 + {@code low}, a polynomial of a degree below 2·bits - 1, modulo the field's. */
    private long reduce(long high, long low) {
        long above = bits == 64 ? high : high << 64 - bits | low >>> bits;
        // What x^bits stands for is of a low degree, so what it carries over the top is folded back once.
        long over = above >>> bits - a ^ above >>> bits - b ^ above >>> bits - c;
        long fold = above ^ over;
        return (low ^ fold ^ fold << a ^ fold << b ^ fold << c) & mask;
    }

    /** The lower 64 coefficients of a product of polynomials. */
    private static long carrylessLow(long x, long y) {
        long x0 = x & EVERY_FOURTH;
        long x1 = x & EVERY_FOURTH << 1;
        long x2 = x & EVERY_FOURTH << 2;
        long x3 = x & EVERY_FOURTH << 3;
        long y0 = y & EVERY_FOURTH;
        long y1 = y & EVERY_FOURTH << 1;
        long y2 = y & EVERY_FOURTH << 2;
        long y3 = y & EVERY_FOURTH << 3;
        long z0 = x0 * y0 ^ x1 * y3 ^ x2 * y2 ^ x3 * y1;
        long z1 = x0 * y1 ^ x1 * y0 ^ x2 * y3 ^ x3 * y2;
        long z2 = x0 * y2 ^ x1 * y1 ^ x2 * y0 ^ x3 * y3;
        long z3 = x0 * y3 ^ x1 * y2 ^ x2 * y1 ^ x3 * y0;
        return z0 & EVERY_FOURTH | z1 & EVERY_FOURTH << 1 | z2 & EVERY_FOURTH << 2 | z3 & EVERY_FOURTH << 3;
    }

    private static long spread(long x) {
        x = (x | x << 16) & 0x0000_FFFF_0000_FFFFL;
        x = (x | x << 8) & 0x00FF_00FF_00FF_00FFL;
        x = (x | x << 4) & 0x0F0F_0F0F_0F0F_0F0FL;
        x = (x | x << 2) & 0x3333_3333_3333_3333L;
        return (x | x << 1) & 0x5555_5555_5555_5555L;
    }

    @Override
    public String toString() {
        return "GF(2^" + bits + ")";
    }
}
