package dev.grapevine.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The few things that a store does with the files of one directory. The tests have one that tears, forgets and fails. */
interface Disk {
    /** A file that is being written. */
    interface Output extends AutoCloseable {
        /** Appends all of {@code bytes}; if it throws, any part of them may have been appended. */
        void write(ByteBuffer bytes) throws IOException;

        /** What was written survives a loss of power once this returns. */
        void force() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** The names of the files there are, in order. */
    List<String> list() throws IOException;

    /** All bytes of a file; null if there is none of that name. */
    byte @Nullable [] read(String name) throws IOException;

    /** A new file, in place of one of that name. */
    Output create(String name) throws IOException;

    /** The first file replaces or becomes the second, in one step that survives a loss of power. */
    void rename(String from, String to) throws IOException;

    /** Removes a file if it is there. */
    void delete(String name) throws IOException;
}
