package dev.grapevine.agent.serf;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;

/** {@code serf keygen}. */
final class KeygenCommand implements ClientCommand {
    private static final int KEY_BYTES = 32;

    @Override
    public String name() {
        return "keygen";
    }

    @Override
    public String synopsis() {
        return "Make an encryption key";
    }

    @Override
    public String usage() {
        return """
            Usage: grapevine serf keygen [--json]

              Prints a new random key of 32 bytes in base64, as 'serf agent -encrypt' and 'serf keys' take it.""";
    }

    @Override
    public int run(List<String> args, ClientCall call) {
        if (!call.parse(this, args)) return ClientCall.FAILED;
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        String text = Base64.getEncoder().encodeToString(key);
        return call.done(text, "key", text);
    }
}
