package dev.grapevine.serf.node;

import dev.grapevine.serf.msgpack.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keyring of a node as a file: a JSON array of base64 texts, the primary key first, readable by the owner only. The
 * reference agent reads what we write and the other way round.
 */
public final class KeyringFile {
    private static final long MAX_BYTES = 1 << 20;
    private static final Pattern ARRAY = Pattern.compile("\\s*\\[(.*)]\\s*", Pattern.DOTALL);
    private static final Pattern ELEMENT = Pattern.compile("\\s*\"([A-Za-z0-9+/=]*)\"\\s*(,|\\z)");

    private final Path path;

    /** The file at {@code path}, which is not touched yet. */
    public KeyringFile(Path path) {
        this.path = path;
    }

    /**
     * The keys, primary first.
     *
     * @throws IOException if it cannot be read, is no array of base64 texts, or has no keys; the message says which
     */
    public List<Bytes> read() throws IOException {
        if (Files.size(path) > MAX_BYTES) throw new IOException("Failed to read keyring file: it has over 1 MiB");
        String text = Files.readString(path, StandardCharsets.UTF_8);
        Matcher array = ARRAY.matcher(text);
        if (!array.matches()) throw new IOException("Failed to decode keyring file: not a JSON array of strings");
        List<Bytes> keys = new ArrayList<>();
        String elements = array.group(1);
        Matcher element = ELEMENT.matcher(elements);
        int end = 0;
        while (end < elements.length() && !elements.substring(end).isBlank()) {
            if (!element.find(end) || element.start() != end)
                throw new IOException("Failed to decode keyring file: not a JSON array of strings");
            try {
                keys.add(Bytes.of(Base64.getDecoder().decode(element.group(1))));
            } catch (IllegalArgumentException wrong) {
                throw new IOException("Failed to decode key from keyring: " + wrong.getMessage());
            }
            end = element.end();
        }
        if (keys.isEmpty()) throw new IOException("Keyring file contains no keys");
        return keys;
    }

    /** Replaces the file's content; a crash leaves either the old or the new one. */
    public void write(List<Bytes> keys) throws IOException {
        StringBuilder json = new StringBuilder("[");
        for (int i = 0; i < keys.size(); i++) {
            json.append(i == 0 ? "\n  \"" : ",\n  \"");
            json.append(Base64.getEncoder().encodeToString(keys.get(i).array())).append('"');
        }
        PrivateFile.write(path, json.append("\n]").toString());
    }
}
