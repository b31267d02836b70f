package dev.grapevine.agent.serf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Command-line flags as Go's {@code flag} package reads them, so that command lines written for the real program work:
 * {@code -name=value}, {@code -name value}, one or two dashes, {@code -bool} alone, and no flags after the first plain
 * argument or {@code --}.
 */
final class GoFlags {
    /** A command line that cannot be read; the message is the one that the real program prints. */
    static final class BadFlagException extends UserError {
        private static final long serialVersionUID = 1;
        private final boolean helpAsked;

        private BadFlagException(String message, boolean helpAsked) {
            super(message);
            this.helpAsked = helpAsked;
        }

        /** Whether it is no mistake but {@code -h} or {@code -help}. */
        boolean helpAsked() {
            return helpAsked;
        }
    }

    private enum Kind {
        TEXT,
        TEXTS,
        BOOL,
        INT,
        DURATION
    }

    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final Map<String, List<String>> lists = new LinkedHashMap<>();
    private final Map<String, Long> numbers = new LinkedHashMap<>();
    private final List<String> given = new ArrayList<>();
    private List<String> rest = List.of();

    /** A flag with a text. */
    GoFlags text(String name, String byDefault) {
        kinds.put(name, Kind.TEXT);
        texts.put(name, byDefault);
        return this;
    }

    /** A flag with a text that may be repeated; several names may fill one list. */
    GoFlags list(String... names) {
        List<String> shared = new ArrayList<>();
        for (String name : names) {
            kinds.put(name, Kind.TEXTS);
            lists.put(name, shared);
        }
        return this;
    }

    /** A switch. */
    GoFlags bool(String name, boolean byDefault) {
        kinds.put(name, Kind.BOOL);
        numbers.put(name, byDefault ? 1L : 0L);
        return this;
    }

    /** A flag with an integer of 64 bits, which may be written as hexadecimal, octal or binary. */
    GoFlags integer(String name, long byDefault) {
        kinds.put(name, Kind.INT);
        numbers.put(name, byDefault);
        return this;
    }

    /** A flag with a duration, see {@link GoDuration}; in nanoseconds. */
    GoFlags duration(String name, long byDefaultNanos) {
        kinds.put(name, Kind.DURATION);
        numbers.put(name, byDefaultNanos);
        return this;
    }

    /** Reads a command line. */
    void parse(List<String> args) throws BadFlagException {
        int at = 0;
        while (at < args.size()) {
            String arg = args.get(at);
            if (arg.length() < 2 || arg.charAt(0) != '-') break;
            at++;
            if (arg.equals("--")) break;
            String body = arg.substring(arg.charAt(1) == '-' ? 2 : 1);
            if (body.isEmpty() || body.charAt(0) == '-' || body.charAt(0) == '=')
                throw new BadFlagException("bad flag syntax: " + arg, false);
            int equals = body.indexOf('=');
            String name = equals < 0 ? body : body.substring(0, equals);
            Kind kind = kinds.get(name);
            if (kind == null) {
                if (name.equals("help") || name.equals("h")) throw new BadFlagException("help requested", true);
                throw new BadFlagException("flag provided but not defined: -" + name, false);
            }
            String value;
            if (equals >= 0) value = body.substring(equals + 1);
            else if (kind == Kind.BOOL) value = "true";
            else if (at < args.size()) value = args.get(at++);
            else throw new BadFlagException("flag needs an argument: -" + name, false);
            set(name, kind, value);
        }
        rest = List.copyOf(args.subList(at, args.size()));
    }

    private void set(String name, Kind kind, String value) throws BadFlagException {
        given.add(name);
        switch (kind) {
            case TEXT -> texts.put(name, value);
            case TEXTS -> Objects.requireNonNull(lists.get(name)).add(value);
            case BOOL -> {
                switch (value) {
                    case "1", "t", "T", "true", "TRUE", "True" -> numbers.put(name, 1L);
                    case "0", "f", "F", "false", "FALSE", "False" -> numbers.put(name, 0L);
                    default ->
                        throw new BadFlagException(
                                "invalid boolean value " + quoted(value) + " for -" + name + ": parse error", false);
                }
            }
            case INT -> {
                try {
                    numbers.put(name, Long.decode(value));
                } catch (NumberFormatException e) {
                    throw invalid(name, value);
                }
            }
            case DURATION -> {
                try {
                    numbers.put(name, GoDuration.parse(value));
                } catch (IllegalArgumentException e) {
                    throw invalid(name, value);
                }
            }
        }
    }

    private static BadFlagException invalid(String name, String value) {
        return new BadFlagException("invalid value " + quoted(value) + " for flag -" + name + ": parse error", false);
    }

    /** Whether the flag was on the command line. */
    boolean isGiven(String name) {
        return given.contains(name);
    }

    String text(String name) {
        return Objects.requireNonNull(texts.get(name), name);
    }

    List<String> texts(String name) {
        return List.copyOf(Objects.requireNonNull(lists.get(name), name));
    }

    boolean bool(String name) {
        return number(name) != 0;
    }

    long number(String name) {
        return Objects.requireNonNull(numbers.get(name), name);
    }

    /** The plain arguments after the flags. */
    List<String> rest() {
        return rest;
    }

    /** A text as Go quotes it. */
    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c < 0x20 || c == 0x7F) out.append(String.format("\\x%02x", (int) c));
                    else out.append(c);
                }
            }
        }
        return out.append('"').toString();
    }
}
