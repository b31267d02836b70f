package dev.grapevine.agent.demo;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Lines on standard output and a bar on standard error that do not spoil each other when both are one terminal. */
public final class Screen {
    private static final int USUAL_WIDTH = 80;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean bar;
    private String shown = "";

    Screen(PrintWriter out, PrintWriter err, boolean bar) {
        this.out = out;
        this.err = err;
        this.bar = bar;
    }

    /** Whether file descriptor 1 (standard output) or 2 (standard error) of this process is a terminal. */
    public static boolean isTerminal(int descriptor) {
        try {
            // The JDK 21 tells only whether input and output both are; the system knows each.
            Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
            return target.startsWith("/dev/pts") || target.toString().startsWith("/dev/tty");
        } catch (IOException | InvalidPathException | UnsupportedOperationException unknown) {
            return System.console() != null;
        }
    }

    boolean hasBar() {
        return bar;
    }

    /** Columns of the terminal of this process, {@value #USUAL_WIDTH} if it does not say. */
    static int width() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(1, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return USUAL_WIDTH;
            }
            String[] rowsAndColumns = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .strip()
                    .split(" ");
            int columns = rowsAndColumns.length == 2 ? Integer.parseInt(rowsAndColumns[1]) : 0;
            return columns > 0 ? columns : USUAL_WIDTH;
        } catch (IOException | NumberFormatException unknown) {
            return USUAL_WIDTH;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return USUAL_WIDTH;
        }
    }

    synchronized void line(String text) {
        if (bar && !shown.isEmpty()) {
            err.print(CLEAR_LINE);
            err.flush();
        }
        out.println(text);
        if (bar && !shown.isEmpty()) {
            out.flush();
            err.print(shown);
            err.flush();
        }
    }

    /** Shows a bar in place of the one before; empty removes it. */
    synchronized void bar(String text) {
        if (!bar) return;
        shown = text;
        err.print(CLEAR_LINE + text);
        err.flush();
    }

    synchronized void flush() {
        out.flush();
    }
}
