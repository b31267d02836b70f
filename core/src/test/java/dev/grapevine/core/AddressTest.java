package dev.grapevine.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @ParameterizedTest(name = "{0} is written {1}")
    @CsvSource({
        "127.0.0.1:7946, 127.0.0.1:7946",
        "0.0.0.0:0, 0.0.0.0:0",
        "255.255.255.255:65535, 255.255.255.255:65535",
        "10.1.2.3, 10.1.2.3:9",
        "[::1]:7946, [::1]:7946",
        "[::1], [::1]:9",
        "::1, [::1]:9",
        "::, [::]:9",
        "2001:DB8::00a, [2001:db8::a]:9",
        "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:9",
        "2001:db8:0:1:1:1:1:1, [2001:db8:0:1:1:1:1:1]:9",
        "1:0:0:2:0:0:0:3, [1:0:0:2::3]:9",
        "1::, [1::]:9",
        "::ffff:10.0.0.1, 10.0.0.1:9",
        "64:ff9b::192.0.2.33, [64:ff9b::c000:221]:9",
    })
    void anAddressIsReadInAnyFormAndWrittenInOne(String text, String written) {
        Address address = Address.parse(text, 9);
        assertThat(address).hasToString(written);
        assertThat(Address.parse(written, 1)).isEqualTo(address);
        assertThat(Address.of(address.ip(), address.port())).isEqualTo(address);
    }

    @ParameterizedTest(name = "\"{0}\" is no address")
    @ValueSource(
            strings = {
                "",
                "localhost",
                "1.2.3",
                "1.2.3.4.5",
                "256.0.0.1",
                "1.2.3.4:",
                "1.2.3.4:65536",
                "1.2.3.4:-1",
                "1..2.3",
                "[::1",
                "[::1]x",
                "[::1]:",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "12345::",
                "g::",
                "1:2:3:4:5:6:7::8",
                "::1.2.3",
                "1.2.3.4::",
                "１.2.3.4",
                "1:2:3:4:5:6:7:1.2.3.4"
            })
    void whatIsNoLiteralAddressIsNull(String text) {
        assertThat(Address.parse(text, 9)).isNull();
    }

    @Test
    void anAddressOutOfRangeIsRefused() {
        assertThatThrownBy(() -> Address.ipv4(1, 65536)).hasMessageContaining("65536");
        assertThatThrownBy(() -> Address.of(new byte[5], 1)).hasMessageContaining("5 bytes");
        assertThatThrownBy(() -> new Address(1, 1, 1, false)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theOrderIsIpv4FirstThenUnsignedBytesThenPort() {
        Address low = Address.ipv4(0x7FFFFFFF, 5);
        Address high = Address.ipv4(0x80000000, 1);
        Address v6 = new Address(-1, 0, 0, true);
        assertThat(low).isLessThan(high).isLessThan(low.withPort(6));
        assertThat(high).isLessThan(v6);
        assertThat(new Address(1, 0, 9, true)).isLessThan(v6);
        assertThat(low).isEqualByComparingTo(Address.ipv4(0x7FFFFFFF, 5));
    }

    @Test
    void loopbackAndWildcardAreRecognised() {
        assertThat(Address.ipv4(0x7F010203, 1).isLoopback()).isTrue();
        assertThat(new Address(0, 1, 1, true).isLoopback()).isTrue();
        assertThat(Address.ipv4(0x80000001, 1).isLoopback()).isFalse();
        assertThat(Address.ipv4(0, 1).isWildcard()).isTrue();
        assertThat(new Address(0, 0, 1, true).isWildcard()).isTrue();
        assertThat(Address.loopback(1).isWildcard()).isFalse();
    }
}
