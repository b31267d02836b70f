package dev.grapevine.agent.serf;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The log of the system, by way of the program {@code logger} of util-linux: the JDK cannot send to sockets of its kind. A
 * system log that is slow costs lines, never time; up to 4,096 lines wait.
 */
final class Syslog implements AutoCloseable {
    private static final int MAX_WAITING = 4_096;
    private static final long CONNECT_MILLIS = 100;
    private static final List<String> SOCKETS = List.of("/dev/log", "/var/run/syslog", "/var/run/log");
    private static final List<String> FACILITIES = List.of(
            "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP");
    private static final int LOCAL0 = 16;

    private final int facility;
    private final Process logger;
    private final BlockingQueue<byte[]> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Thread thread;

    private Syslog(int facility, Process logger) {
        this.facility = facility;
        this.logger = logger;
        this.thread = Thread.ofVirtual().name("syslog").unstarted(this::pump);
    }

    /**
     * Opens the system's log.
     *
     * @param facility for example {@code LOCAL0}
     * @throws IOException if the system has no log, or no {@code logger}; the message is for the user
     */
    static Syslog open(String facility) throws IOException {
        int code = code(facility);
        if (code < 0) throw new IOException("invalid syslog facility: " + facility);
        if (SOCKETS.stream().noneMatch(socket -> Files.exists(Path.of(socket))))
            throw new IOException("Unix syslog delivery error");
        String id = "--id=" + ProcessHandle.current().pid();
        Syslog syslog = open(code, List.of("logger", "--socket-errors=on", "--prio-prefix", id, "-t", "serf"));
        try {
            // A log that nobody reads is noticed by the program at once.
            if (!syslog.logger.waitFor(CONNECT_MILLIS, TimeUnit.MILLISECONDS)) return syslog;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        syslog.close();
        throw new IOException("Unix syslog delivery error");
    }

    static Syslog open(int facility, List<String> command) throws IOException {
        try {
            Process logger = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Syslog syslog = new Syslog(facility, logger);
            syslog.thread.start();
            return syslog;
        } catch (IOException missing) {
            throw new IOException("the program 'logger' (util-linux) is needed and cannot be run", missing);
        }
    }

    /** The facility's number, or -1. */
    static int code(String facility) {
        String name = facility.toUpperCase(Locale.ROOT);
        if (name.matches("LOCAL[0-7]")) return LOCAL0 + name.charAt(5) - '0';
        return FACILITIES.indexOf(name);
    }

    /** Adds a line; what cannot wait is lost. */
    void log(LogLevel level, String text) {
        int severity = switch (level) {
            case TRACE -> 7;
            case DEBUG -> 6;
            case INFO -> 5;
            case WARN -> 4;
            case ERR -> 3;
        };
        String line = "<" + (facility * 8 + severity) + ">" + text.replace('\n', ' ') + "\n";
        waiting.offer(line.getBytes(StandardCharsets.UTF_8));
    }

    private void pump() {
        try (OutputStream to = logger.getOutputStream()) {
            while (true) {
                to.write(waiting.take());
                to.flush();
            }
        } catch (IOException | InterruptedException over) {
            // The log's program has ended, or we have: the console has all lines.
        }
    }

    @Override
    public void close() {
        // What is said in the last moment gets a moment to be written.
        long end = System.nanoTime() + 500_000_000L;
        while (!waiting.isEmpty() && logger.isAlive() && System.nanoTime() - end < 0)
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        thread.interrupt();
    }
}
