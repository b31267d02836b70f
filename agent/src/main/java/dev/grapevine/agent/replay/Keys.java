package dev.grapevine.agent.replay;

import dev.grapevine.recording.KeyFinder;
import dev.grapevine.recording.RecordingException;
import dev.grapevine.wire.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/** The keys of a sealed cluster, from files: never from the command line, where every process could read them. */
final class Keys {
    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{64}");

    private Keys() {}

    /** @throws RecordingException if a file holds no key; the message names the file and the line */
    static KeyFinder read(List<Path> files) throws IOException {
        List<byte[]> keys = new ArrayList<>();
        for (Path file : files) {
            if (!Files.isReadable(file)) throw new RecordingException("cannot read the key file " + file);
            byte[] content = Files.readAllBytes(file);
            if (content.length == KeyRing.KEY_BYTES) {
                keys.add(content);
                continue;
            }
            List<String> lines = new String(content, java.nio.charset.StandardCharsets.ISO_8859_1)
                    .lines()
                    .toList();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).strip();
                if (line.isEmpty() || line.startsWith("#")) continue;
                keys.add(key(line, file + ", line " + (i + 1)));
            }
        }
        return KeyFinder.among(keys);
    }

    private static byte[] key(String text, String place) {
        if (HEX.matcher(text).matches()) return HexFormat.of().parseHex(text);
        try {
            byte[] key = Base64.getDecoder().decode(text);
            if (key.length == KeyRing.KEY_BYTES) return key;
        } catch (IllegalArgumentException noBase64) {
            // told below, with the place
        }
        throw new RecordingException(place + ": a key is 32 bytes, 64 hexadecimal digits or 44 characters of Base64");
    }
}
