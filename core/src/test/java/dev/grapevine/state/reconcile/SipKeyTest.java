package dev.grapevine.state.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SipKeyTest {
    /** From the vectors of the reference implementation (github.com/veorq/SipHash: vectors.h), key 00 01 .. 0f. */
    @ParameterizedTest(name = "{0} bytes")
    @CsvSource({"0, 726fdb47dd0e0e31", "1, 74f839c593dc67fd", "8, 93f5f5799a932462", "15, a129ca6149be45e5"})
    void hashesAreThoseOfTheReference(int length, String expected) {
        SipKey key = new SipKey(0x0706_0504_0302_0100L, 0x0F0E_0D0C_0B0A_0908L);
        byte[] message = new byte[length];
        for (int i = 0; i < length; i++) message[i] = (byte) i;
        assertThat(Long.toHexString(key.hash(message))).isEqualTo(expected);
        if (length == 8)
            assertThat(Long.toHexString(key.hash(0x0706_0504_0302_0100L))).isEqualTo(expected);
    }
}
