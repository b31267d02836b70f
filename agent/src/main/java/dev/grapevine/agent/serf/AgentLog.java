package dev.grapevine.agent.serf;

import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * The agent's log: lines like {@code 2026/11/23 04:35:34 [WARN] agent: text}. The latest 512 of all levels are kept for
 * monitors; those of the chosen level go to the console once the gate is open. Thread-safe.
 */
final class AgentLog {
    private static final int KEPT = 512;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy/MM/dd HH:mm:ss");

    private record Line(LogLevel level, String text) {}

    private final Clock clock;
    private final Ui ui;
    private final ArrayDeque<Line> latest = new ArrayDeque<>();
    private final List<Line> gated = new ArrayList<>();
    private final CopyOnWriteArrayList<BiConsumer<LogLevel, String>> monitors = new CopyOnWriteArrayList<>();
    private LogLevel level;
    private boolean open;

    AgentLog(Clock clock, Ui ui, LogLevel level) {
        this.clock = clock;
        this.ui = ui;
        this.level = level;
    }

    void debug(String text) {
        log(LogLevel.DEBUG, text);
    }

    void info(String text) {
        log(LogLevel.INFO, text);
    }

    void warn(String text) {
        log(LogLevel.WARN, text);
    }

    void error(String text) {
        log(LogLevel.ERR, text);
    }

    /** Adds a line; {@code text} starts with its source, for example {@code agent: }. */
    synchronized void log(LogLevel of, String text) {
        // Texts of several lines may bring their own line end.
        String said = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        String line = LocalDateTime.now(clock).format(TIME) + " [" + of + "] " + said;
        if (latest.size() == KEPT) latest.removeFirst();
        latest.addLast(new Line(of, line));
        if (of.compareTo(level) >= 0) {
            if (open) ui.info(line);
            else gated.add(new Line(of, line));
        }
        for (BiConsumer<LogLevel, String> monitor : monitors) monitor.accept(of, line);
    }

    /** Shows what was held back, and everything from now on. */
    synchronized void openGate() {
        open = true;
        for (Line line : gated) ui.info(line.text());
        gated.clear();
    }

    synchronized void level(LogLevel level) {
        this.level = level;
    }

    /** Whether lines of this level are shown at present. */
    synchronized boolean shows(LogLevel of) {
        return of.compareTo(level) >= 0;
    }

    /** Gives the kept lines to {@code monitor}, which must not block, and all that follow. */
    synchronized void addMonitor(BiConsumer<LogLevel, String> monitor) {
        for (Line line : latest) monitor.accept(line.level(), line.text());
        monitors.add(monitor);
    }

    void removeMonitor(BiConsumer<LogLevel, String> monitor) {
        monitors.remove(monitor);
    }
}
