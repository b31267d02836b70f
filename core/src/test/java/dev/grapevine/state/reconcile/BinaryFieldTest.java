package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BinaryFieldTest {
    static Stream<BinaryField> fields() {
        return Stream.of(BinaryField.GF32, BinaryField.GF48, BinaryField.GF64);
    }

    /** Long multiplication and division of polynomials, as one learns it. */
    private static BigInteger slowly(BigInteger x, BigInteger y, BigInteger modulus) {
        BigInteger product = BigInteger.ZERO;
        for (int i = 0; i < y.bitLength(); i++) if (y.testBit(i)) product = product.xor(x.shiftLeft(i));
        return remainder(product, modulus);
    }

    private static BigInteger remainder(BigInteger x, BigInteger modulus) {
        while (x.bitLength() >= modulus.bitLength()) x = x.xor(modulus.shiftLeft(x.bitLength() - modulus.bitLength()));
        return x;
    }

    private static BigInteger unsigned(long x) {
        return new BigInteger(Long.toUnsignedString(x));
    }

    private static BigInteger modulus(BinaryField field) {
        return BigInteger.ONE.shiftLeft(field.bits()).xor(BigInteger.valueOf(field.lowModulus()));
    }

    @ParameterizedTest
    @MethodSource("fields")
    void productsAreThoseOfLongMultiplication(BinaryField field) {
        SplittableRandom random = new SplittableRandom(field.bits());
        FieldTable table = new FieldTable(field);
        for (int i = 0; i < 2000; i++) {
            long x = (i == 0 ? -1 : random.nextLong()) & field.mask();
            long y = (i == 0 ? -1 : random.nextLong()) & field.mask();
            BigInteger expected = slowly(unsigned(x), unsigned(y), modulus(field));
            assertThat(unsigned(field.multiply(x, y))).isEqualTo(expected);
            table.factor(x);
            assertThat(unsigned(table.times(y))).isEqualTo(expected);
            assertThat(field.square(x)).isEqualTo(field.multiply(x, x));
        }
    }

    @ParameterizedTest
    @MethodSource("fields")
    void everyElementButZeroHasAnInverse(BinaryField field) {
        SplittableRandom random = new SplittableRandom(~field.bits());
        for (int i = 0; i < 100; i++) {
            long x = i == 0 ? field.mask() : random.nextLong() & field.mask();
            assertThat(field.multiply(x, field.invert(x))).isEqualTo(1);
        }
        assertThatThrownBy(() -> field.invert(0)).isInstanceOf(ArithmeticException.class);
    }

    /** Rabin's test: x^(2^n) = x, and x^(2^(n/p)) - x has nothing in common with the modulus, for each prime p of n. */
    @ParameterizedTest
    @MethodSource("fields")
    void theModulusIsIrreducible(BinaryField field) {
        int n = field.bits();
        assertThat(frobenius(field, n)).isEqualTo(BigInteger.TWO);
        for (int prime : new int[] {2, 3}) {
            if (n % prime != 0) continue;
            BigInteger difference = frobenius(field, n / prime).xor(BigInteger.TWO);
            assertThat(gcd(modulus(field), difference)).isEqualTo(BigInteger.ONE);
        }
    }

    private static BigInteger frobenius(BinaryField field, int times) {
        BigInteger power = BigInteger.TWO;
        for (int i = 0; i < times; i++) power = slowly(power, power, modulus(field));
        return power;
    }

    private static BigInteger gcd(BigInteger a, BigInteger b) {
        while (b.signum() != 0) {
            BigInteger rest = remainder(a, b);
            a = b;
            b = rest;
        }
        return a;
    }

    @Test
    void theErlayVectorsHold() {
        assertThat(BinaryField.GF32.multiply(0x8000_0000L, 2)).isEqualTo(0x8D);
        assertThat(BinaryField.GF32.multiply(0xDEAD_BEEFL, 0xCAFE_BABEL)).isEqualTo(0x96C8_5C18L);
        assertThat(BinaryField.GF32.invert(0xDEAD_BEEFL)).isEqualTo(0x236C_D880L);
    }
}
