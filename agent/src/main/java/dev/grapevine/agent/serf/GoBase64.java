package dev.grapevine.agent.serf;

import dev.grapevine.serf.msgpack.Bytes;
import java.util.Base64;

/** Base64 with Go's complaint about what is none. */
final class GoBase64 {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private GoBase64() {}

    /**
     * The bytes.
     *
     * @throws IllegalArgumentException {@code illegal base64 data at input byte N}
     */
    static Bytes decode(String text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            if (text.length() % 4 == 0) return Bytes.of(bytes);
        } catch (IllegalArgumentException told) {
            // told below, with the place
        }
        int at = 0;
        while (at < text.length() && ALPHABET.indexOf(text.charAt(at)) >= 0) at++;
        // An unfinished group is reported at its start.
        int place = at < text.length() ? at : at - at % 4;
        throw new IllegalArgumentException("illegal base64 data at input byte " + place);
    }
}
