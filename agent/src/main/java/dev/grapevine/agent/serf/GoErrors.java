package dev.grapevine.agent.serf;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The operating system's complaints in Go's words, which operators grep for. */
final class GoErrors {
    private GoErrors() {}

    /** {@code open /etc/x: no such file or directory}. */
    static String text(IOException failed, String doing, Path path) {
        String why;
        if (failed instanceof NoSuchFileException) why = "no such file or directory";
        else if (failed instanceof AccessDeniedException) why = "permission denied";
        else if (failed instanceof FileSystemException && Files.isDirectory(path)) why = "is a directory";
        else return String.valueOf(failed.getMessage());
        return doing + " " + path + ": " + why;
    }
}
