package dev.grapevine.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.wire.MalformedPacketException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeTest {
    private static final byte[] OLD = key(1);
    private static final byte[] NEW = key(2);

    private static byte[] key(int seed) {
        byte[] key = new byte[KeyRing.KEY_BYTES];
        Arrays.fill(key, (byte) seed);
        return key;
    }

    private static Envelope envelope(boolean sealed) {
        return new Envelope("c", sealed ? KeyRing.of(OLD) : null, 42);
    }

    private static byte[] pack(Envelope envelope, String body, int at) {
        ByteBuffer packet = ByteBuffer.allocate(512).position(at);
        envelope.open(packet);
        packet.put(body.getBytes(StandardCharsets.US_ASCII));
        envelope.close(packet, at);
        return Arrays.copyOfRange(packet.array(), at, packet.position());
    }

    private static byte[] pack(Envelope envelope, String body) {
        return pack(envelope, body, 0);
    }

    private static String unpack(Envelope envelope, byte[] packet) {
        ByteBuffer whole = ByteBuffer.wrap(packet);
        String body = StandardCharsets.US_ASCII.decode(envelope.body(whole)).toString();
        assertThat(whole.remaining()).as("the packet is untouched").isEqualTo(packet.length);
        return body;
    }

    private static void refuses(Envelope envelope, byte[] packet, Reason reason) {
        assertThatThrownBy(() -> envelope.body(ByteBuffer.wrap(packet)))
                .isInstanceOfSatisfying(
                        MalformedPacketException.class,
                        e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @ParameterizedTest(name = "sealed: {0}")
    @ValueSource(booleans = {false, true})
    void aPacketIsOpenedByAnotherNodeOfTheCluster(boolean sealed) {
        for (String body : new String[] {"", "x", "a body of some length".repeat(10)}) {
            byte[] packet = pack(envelope(sealed), body, 4);
            assertThat(packet).hasSize(body.length() + envelope(sealed).overheadBytes());
            assertThat(unpack(envelope(sealed), packet)).isEqualTo(body);
            ByteBuffer direct = ByteBuffer.allocateDirect(512)
                    .position(7)
                    .put(packet)
                    .flip()
                    .position(7);
            String read = StandardCharsets.US_ASCII
                    .decode(envelope(sealed).body(direct))
                    .toString();
            assertThat(read).isEqualTo(body);
        }
    }

    @ParameterizedTest(name = "sealed: {0}")
    @ValueSource(booleans = {false, true})
    void aByteChangedAnywhereIsNoticed(boolean sealed) {
        byte[] packet = pack(envelope(sealed), "a body");
        Envelope receiver = envelope(sealed);
        for (int at = 0; at < packet.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] tampered = packet.clone();
                tampered[at] ^= (byte) (1 << bit);
                assertThatThrownBy(() -> receiver.body(ByteBuffer.wrap(tampered)))
                        .as("bit %d of byte %d", bit, at)
                        .isInstanceOf(MalformedPacketException.class);
            }
        }
        assertThat(unpack(receiver, packet)).isEqualTo("a body");
    }

    @ParameterizedTest(name = "sealed: {0}")
    @ValueSource(booleans = {false, true})
    void aPacketCutOrLengthenedAnywhereIsNoticed(boolean sealed) {
        byte[] packet = pack(envelope(sealed), "a body");
        for (int length = 0; length < packet.length + 3; length++) {
            byte[] other = Arrays.copyOf(packet, length);
            if (length != packet.length)
                assertThatThrownBy(() -> envelope(sealed).body(ByteBuffer.wrap(other)))
                        .isInstanceOf(MalformedPacketException.class);
        }
    }

    @Test
    void everyRefusalSaysWhy() {
        byte[] clear = pack(envelope(false), "x");
        byte[] sealed = pack(envelope(true), "x");
        refuses(envelope(false), sealed, Reason.WRONG_PROTECTION);
        refuses(envelope(true), clear, Reason.WRONG_PROTECTION);
        refuses(new Envelope("d", null, 1), clear, Reason.OTHER_CLUSTER);
        refuses(new Envelope("d", KeyRing.of(OLD), 1), sealed, Reason.OTHER_CLUSTER);
        refuses(new Envelope("c", KeyRing.of(NEW), 1), sealed, Reason.UNKNOWN_KEY);
        refuses(envelope(false), Arrays.copyOf(clear, 8), Reason.TRUNCATED);
        refuses(envelope(true), Arrays.copyOf(sealed, 33), Reason.TRUNCATED);
        byte[] later = clear.clone();
        later[0] = 0x20;
        refuses(envelope(false), later, Reason.UNKNOWN_VERSION);
        byte[] damaged = clear.clone();
        damaged[9] ^= 1;
        refuses(envelope(false), damaged, Reason.BAD_CHECKSUM);
        byte[] forged = sealed.clone();
        forged[20] ^= 1;
        refuses(envelope(true), forged, Reason.BAD_SEAL);
    }

    @Test
    void anotherKeyUnderTheSameIdIsTriedToo() {
        int wanted = KeyRing.of(OLD).ids().getFirst();
        int seed = 3;
        while (!KeyRing.of(wide(seed)).ids().getFirst().equals(wanted)) seed++;
        byte[] twin = wide(seed);
        byte[] packet = pack(envelope(true), "x");
        refuses(new Envelope("c", KeyRing.of(twin), 1), packet, Reason.BAD_SEAL);
        assertThat(unpack(new Envelope("c", KeyRing.of(twin).plus(OLD), 1), packet))
                .isEqualTo("x");
    }

    private static byte[] wide(int seed) {
        return ByteBuffer.allocate(KeyRing.KEY_BYTES).putInt(seed).array();
    }

    @Test
    void rotatingTheKeyNodeByNodeLosesNoPacket() {
        Envelope a = envelope(true);
        Envelope b = new Envelope("c", KeyRing.of(OLD), 43);
        Runnable bothWays = () -> {
            assertThat(unpack(b, pack(a, "from a"))).isEqualTo("from a");
            assertThat(unpack(a, pack(b, "from b"))).isEqualTo("from b");
        };
        for (Envelope node : new Envelope[] {a, b}) {
            node.keys(node.keys().plus(NEW));
            bothWays.run();
        }
        for (Envelope node : new Envelope[] {a, b}) {
            node.keys(node.keys().use(NEW));
            bothWays.run();
        }
        byte[] late = pack(new Envelope("c", KeyRing.of(OLD), 44), "late");
        assertThat(unpack(a, late)).isEqualTo("late");
        for (Envelope node : new Envelope[] {a, b}) {
            node.keys(node.keys().minus(OLD));
            bothWays.run();
        }
        refuses(a, late, Reason.UNKNOWN_KEY);
    }

    @Test
    void aRingRefusesWhatWouldCutOffTheNode() {
        KeyRing ring = KeyRing.of(OLD);
        assertThat(ring.plus(OLD)).isSameAs(ring);
        assertThatThrownBy(() -> ring.minus(OLD)).hasMessageContaining("use another one first");
        assertThatThrownBy(() -> ring.use(NEW)).hasMessageContaining("add it first");
        assertThatThrownBy(() -> ring.minus(NEW)).hasMessageContaining("add it first");
        assertThatThrownBy(() -> KeyRing.of(new byte[16])).hasMessageContaining("32 bytes, not 16");
        KeyRing full = ring;
        for (int i = 2; i <= KeyRing.MAX_KEYS; i++) full = full.plus(key(i));
        KeyRing last = full;
        assertThatThrownBy(() -> last.plus(key(99))).hasMessageContaining("at most 8 keys");
        assertThatThrownBy(() -> envelope(false).keys(ring)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void noNonceIsUsedTwice() {
        Envelope one = new Envelope("c", KeyRing.of(OLD), 1);
        Envelope other = new Envelope("c", KeyRing.of(OLD), 2);
        Set<ByteBuffer> nonces = new HashSet<>();
        int packets = 20_000;
        for (int i = 0; i < packets; i++) {
            if (i == packets / 2) one.keys(one.keys().plus(NEW).use(NEW)); // nor after a change of keys
            nonces.add(ByteBuffer.wrap(Arrays.copyOfRange(pack(one, "x"), 6, 18)));
            nonces.add(ByteBuffer.wrap(Arrays.copyOfRange(pack(other, "x"), 6, 18)));
        }
        assertThat(nonces).hasSize(2 * packets);
    }
}
