package dev.grapevine.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code grapevine --version} prints: the version, which the build writes down, and the Java it runs on. */
public final class Version implements IVersionProvider {
    /**
     * The version of this build.
     *
     * @return for example {@code 0.1.0-SNAPSHOT}
     */
    public static String text() {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            if (in == null) throw new IllegalStateException("version.properties is not on the class path");
            Properties written = new Properties();
            written.load(in);
            return written.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "grapevine " + text() + " on Java " + Runtime.version() + " (" + System.getProperty("os.name") + ", "
                    + System.getProperty("os.arch") + ")"
        };
    }
}
