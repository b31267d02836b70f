package dev.grapevine.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.core.Address;
import dev.grapevine.wire.MalformedPacketException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireTest {
    private final ByteBuffer buffer = ByteBuffer.allocate(4096);

    private static ByteBuffer bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) bytes[i] = (byte) values[i];
        return ByteBuffer.wrap(bytes);
    }

    private static void isMalformed(Reason reason, int offset, ThrowingCallable read) {
        assertThatThrownBy(read).isInstanceOfSatisfying(MalformedPacketException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.offset()).isEqualTo(offset);
            assertThat(e.getStackTrace()).isEmpty();
        });
    }

    /** Every prefix of what was written is malformed: truncated, and nothing else. */
    private void everyPrefixIsTruncated(Function<ByteBuffer, ?> read) {
        buffer.flip();
        for (int length = 0; length < buffer.limit(); length++) {
            ByteBuffer prefix = buffer.duplicate().limit(length);
            assertThatThrownBy(() -> read.apply(prefix))
                    .isInstanceOfSatisfying(
                            MalformedPacketException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.TRUNCATED));
        }
    }

    @ParameterizedTest(name = "{0} takes {1} bytes")
    @CsvSource({
        "0, 1",
        "1, 1",
        "127, 1",
        "128, 2",
        "16383, 2",
        "16384, 3",
        "4294967295, 5",
        "9223372036854775807, 9",
        "-1, 10",
        "-9223372036854775808, 10"
    })
    void aVarintIsAsLongAsItMustBeAndComesBack(long value, int size) {
        assertThat(Wire.varintSize(value)).isEqualTo(size);
        Wire.putVarint(buffer, value);
        assertThat(buffer.position()).isEqualTo(size);
        assertThat(Wire.varint(buffer.flip())).isEqualTo(value);
        assertThat(buffer.hasRemaining()).isFalse();
        everyPrefixIsTruncated(Wire::varint);
    }

    @Test
    void aVarintThatIsPaddedOrTooLongIsMalformed() {
        isMalformed(Reason.BAD_VALUE, 0, () -> Wire.varint(bytes(0x80, 0)));
        isMalformed(Reason.BAD_VALUE, 0, () -> Wire.varint(bytes(255, 255, 255, 255, 255, 255, 255, 255, 255, 2)));
        isMalformed(Reason.BAD_VALUE, 0, () -> Wire.varint(bytes(255, 255, 255, 255, 255, 255, 255, 255, 255, 129, 0)));
        isMalformed(Reason.TOO_LARGE, 0, () -> Wire.varint(bytes(11), 10));
        isMalformed(
                Reason.TOO_LARGE,
                0,
                () -> Wire.varint(bytes(255, 255, 255, 255, 255, 255, 255, 255, 255, 1), Long.MAX_VALUE));
        assertThat(Wire.varint(bytes(10), 10)).isEqualTo(10);
    }

    @ParameterizedTest(name = "\"{0}\"")
    @ValueSource(strings = {"", "a", "grapevine", "größe", "漢字", "🍇", "a🍇ß漢", "\u0000\u007f\u0080\u07ff\u0800\uffff"})
    void aTextIsWrittenAsTheJdkWritesUtf8(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        assertThat(Wire.utf8Size(text)).isEqualTo(utf8.length);
        Wire.putText(buffer, text);
        assertThat(buffer.position()).isEqualTo(Wire.textSize(text));
        assertThat(buffer.array())
                .startsWith(ByteBuffer.allocate(1 + utf8.length)
                        .put((byte) utf8.length)
                        .put(utf8)
                        .array());
        assertThat(Wire.text(buffer.flip(), 100)).isEqualTo(text);
        ByteBuffer direct =
                ByteBuffer.allocateDirect(64).put(buffer.duplicate().rewind()).flip();
        assertThat(Wire.text(direct, 100)).isEqualTo(text);
        buffer.position(buffer.limit());
        everyPrefixIsTruncated(from -> Wire.text(from, 100));
    }

    @Test
    void anUnpairedSurrogateBecomesAQuestionMark() {
        Wire.putText(buffer, "a\uD800b\uDC00");
        assertThat(buffer.position()).isEqualTo(Wire.textSize("a\uD800b\uDC00"));
        assertThat(Wire.text(buffer.flip(), 10)).isEqualTo("a?b?");
    }

    @Test
    void aTextIsHeldAgainstItsBudgetBeforeItsBytesAreLookedAt() {
        isMalformed(Reason.TOO_LARGE, 0, () -> Wire.text(bytes(5, 'a'), 4));
        isMalformed(Reason.TOO_LARGE, 0, () -> Wire.bytes(bytes(255, 255, 255, 255, 7), 1 << 20));
        isMalformed(Reason.TRUNCATED, 2, () -> Wire.bytes(bytes(100, 'a'), 1 << 20));
        isMalformed(Reason.BAD_TEXT, 1, () -> Wire.text(bytes(2, 0xC0, 0x80), 4)); // an overlong NUL
        isMalformed(Reason.BAD_TEXT, 1, () -> Wire.text(bytes(3, 0xED, 0xA0, 0x80), 4)); // a surrogate
        isMalformed(Reason.BAD_TEXT, 1, () -> Wire.text(bytes(1, 0xFF), 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:1", "255.255.255.255:65535", "[::1]:7946", "[ffff:ffff::ffff:0:1]:0"})
    void anAddressComesBack(String text) {
        Address address = Address.parse(text, 0);
        Wire.putAddress(buffer, address);
        assertThat(buffer.position()).isEqualTo(Wire.addressSize(address));
        assertThat(Wire.address(buffer.flip())).isEqualTo(address);
        everyPrefixIsTruncated(Wire::address);
    }

    @Test
    void anAddressOfNoKnownVersionIsMalformed() {
        isMalformed(Reason.BAD_VALUE, 0, () -> Wire.address(bytes(5, 0, 0, 0, 0, 0, 0)));
    }

    @Test
    void numbersAndBytesNeedAllTheirBytes() {
        assertThat(Wire.u8(bytes(255))).isEqualTo(255);
        assertThat(Wire.i32(bytes(0x80, 0, 0, 1))).isEqualTo(0x80000001);
        assertThat(Wire.i64(bytes(0x80, 0, 0, 0, 0, 0, 0, 1))).isEqualTo(0x8000_0000_0000_0001L);
        isMalformed(Reason.TRUNCATED, 0, () -> Wire.u8(bytes()));
        isMalformed(Reason.TRUNCATED, 3, () -> Wire.i32(bytes(0, 0, 0)));
        isMalformed(Reason.TRUNCATED, 7, () -> Wire.i64(bytes(0, 0, 0, 0, 0, 0, 0)));
        Wire.putBytes(buffer, new byte[200]);
        assertThat(buffer.position()).isEqualTo(Wire.bytesSize(200));
        assertThat(Wire.bytes(buffer.flip(), 200)).hasSize(200);
    }
}
