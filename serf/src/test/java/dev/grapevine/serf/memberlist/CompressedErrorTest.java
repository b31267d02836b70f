package dev.grapevine.serf.memberlist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.grapevine.serf.msgpack.Bytes;
import dev.grapevine.serf.msgpack.Dialect;
import dev.grapevine.serf.msgpack.MsgPackWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/**
 * The vector {@code tcp-err-enc1}, an error that the reference compressed although that made it longer. Our streams carry the
 * shorter form, so the layers are put together here, by the same classes.
 */
class CompressedErrorTest {
    private static final String VECTOR = "src/test/resources/vectors/serf/tcp-err-enc1.hex";
    private static final Bytes KEY = Bytes.hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    private static final Bytes NONCE = Bytes.hex("aa49b66ed31aaa5e8f4a1063");

    @Test
    void anErrorCompressedAndEncryptedIsWrittenAsTheReferenceDoes() throws IOException {
        MsgPackWriter plain = new MsgPackWriter(Dialect.GOSSIP);
        Message.write(new Message.Err("Encryption is configured but remote state is not encrypted"), plain);
        byte[] bytes = plain.toBytes().array();
        MsgPackWriter compressed = new MsgPackWriter(Dialect.GOSSIP);
        PacketCodec.writeCompressed(compressed, new Lzw().compress(bytes, 0, bytes.length));
        assertThat(compressed.size()).isGreaterThan(bytes.length);

        byte[] header = StreamCodec.header(Sealer.sealedBytes(1, compressed.size()));
        Sealer sealer = new Sealer(
                new Keyring(List.of(KEY)),
                RandomGeneratorFactory.of("L64X128MixRandom").create(1));
        byte[] sealed = sealer.seal(1, compressed.toBytes().array(), header, NONCE.array());
        MsgPackWriter whole = new MsgPackWriter(Dialect.GOSSIP);
        whole.raw(header, 0, header.length).raw(sealed, 0, sealed.length);
        assertThat(whole.toBytes().toHex())
                .isEqualTo(Files.readString(Path.of(VECTOR)).replaceAll("\\s", ""));
    }
}
