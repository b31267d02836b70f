package dev.grapevine.agent.serf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the agent's JSON configuration files. */
final class ConfigFiles {
    /** A file that cannot be used; the message names it and says why. */
    static final class BadConfigException extends UserError {
        private static final long serialVersionUID = 1;

        BadConfigException(String message) {
            super(message);
        }
    }

    private ConfigFiles() {}

    /** The files in the order given; of a directory, those that end in {@code .json}, by name. */
    static AgentConfig read(List<String> paths) throws BadConfigException {
        AgentConfig all = new AgentConfig();
        for (String path : paths) for (Path file : files(path)) all.merge(decode(file));
        return all;
    }

    private static List<Path> files(String path) throws BadConfigException {
        Path at = Path.of(path);
        if (!Files.isDirectory(at)) return List.of(at);
        try (Stream<Path> inside = Files.list(at)) {
            return inside.filter(file -> file.getFileName().toString().endsWith(".json") && !Files.isDirectory(file))
                    .sorted()
                    .toList();
        } catch (IOException failed) {
            throw new BadConfigException("Error reading '" + path + "': " + GoErrors.text(failed, "open", at));
        }
    }

    private static AgentConfig decode(Path file) throws BadConfigException {
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException failed) {
            throw new BadConfigException("Error reading '" + file + "': " + GoErrors.text(failed, "open", file));
        } catch (JacksonException wrong) {
            throw new BadConfigException("Error decoding '" + file + "': " + wrong.getOriginalMessage());
        }
        if (!root.isObject()) throw new BadConfigException("Error decoding '" + file + "': a JSON object is expected");
        AgentConfig config = new AgentConfig();
        List<String> problems = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            AgentConfig.Kind kind = AgentConfig.KINDS.get(field.getKey());
            if (kind == null) {
                unknown.add(field.getKey());
            } else if (!field.getValue().isNull()) {
                try {
                    config.set(field.getKey(), value(kind, field.getValue()));
                } catch (IllegalArgumentException wrong) {
                    problems.add("'" + field.getKey() + "' " + wrong.getMessage());
                }
            }
        }
        if (!unknown.isEmpty())
            problems.add("'' has invalid keys: "
                    + String.join(", ", unknown.stream().sorted().toList()));
        if (!problems.isEmpty())
            throw new BadConfigException("Error decoding '" + file + "': " + problems.size()
                    + " error(s) decoding:\n\n* " + String.join("\n* ", problems));
        return config;
    }

    private static Object value(AgentConfig.Kind kind, JsonNode node) {
        return switch (kind) {
            case TEXT -> text(node);
            case DURATION -> GoDuration.parse(text(node));
            case SWITCH -> {
                if (!node.isBoolean()) throw new IllegalArgumentException("expected a boolean");
                yield node.asBoolean();
            }
            case NUMBER -> {
                if (!node.isIntegralNumber()) throw new IllegalArgumentException("expected an integer");
                yield node.asLong();
            }
            case TEXTS -> {
                if (!node.isArray()) throw new IllegalArgumentException("expected a list of strings");
                List<String> texts = new ArrayList<>();
                for (JsonNode each : node) texts.add(text(each));
                yield texts;
            }
            case TAGS -> {
                if (!node.isObject()) throw new IllegalArgumentException("expected a map of strings");
                Map<String, String> tags = new LinkedHashMap<>();
                for (Map.Entry<String, JsonNode> tag : node.properties()) tags.put(tag.getKey(), text(tag.getValue()));
                yield tags;
            }
        };
    }

    private static String text(JsonNode node) {
        if (!node.isString()) throw new IllegalArgumentException("expected a string");
        return node.asString();
    }
}
