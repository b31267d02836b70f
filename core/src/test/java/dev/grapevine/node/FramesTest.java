package dev.grapevine.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.grapevine.wire.MalformedPacketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {
    private static ByteBuffer stream(int... lengths) {
        ByteBuffer stream = ByteBuffer.allocate(10_000);
        for (int length : lengths) {
            stream.putInt(length);
            for (int i = 0; i < length; i++) stream.put((byte) (length + i));
        }
        return stream.flip();
    }

    @ParameterizedTest(name = "in pieces of {0}")
    @ValueSource(ints = {1, 2, 3, 7, 64, 10_000})
    void packetsComeOutWholeHoweverTheStreamIsCut(int pieceBytes) {
        int[] lengths = {1, 300, 2, 1000, 5, 5, 700};
        ByteBuffer stream = stream(lengths);
        Frames frames = new Frames(1000);
        List<Integer> seen = new ArrayList<>();
        while (stream.hasRemaining()) {
            int size = Math.min(pieceBytes, stream.remaining());
            frames.add(stream.slice(stream.position(), size));
            stream.position(stream.position() + size);
            for (ByteBuffer packet; (packet = frames.next()) != null; ) {
                for (int i = 0; i < packet.remaining(); i++)
                    assertThat(packet.get(i)).isEqualTo((byte) (packet.remaining() + i));
                seen.add(packet.remaining());
            }
        }
        assertThat(seen).containsExactly(1, 300, 2, 1000, 5, 5, 700);
        assertThat(frames.heldBytes()).as("an idle stream costs nothing").isZero();
    }

    @Test
    void aLengthOutOfRangeIsMalformed() {
        for (int length : new int[] {0, -1, 11, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            Frames frames = new Frames(10);
            frames.add(ByteBuffer.allocate(4).putInt(length).flip());
            assertThatThrownBy(frames::next).isInstanceOf(MalformedPacketException.class);
        }
    }

    @Test
    void memoryIsTakenForWhatArrivedNotForWhatIsAnnounced() {
        Frames frames = new Frames(1 << 30);
        frames.add(ByteBuffer.allocate(4).putInt(1 << 30).flip());
        for (int i = 0; i < 100; i++) frames.add(ByteBuffer.allocate(10));
        assertThat(frames.next()).isNull();
        assertThat(frames.heldBytes()).isLessThan(2_100);
    }
}
