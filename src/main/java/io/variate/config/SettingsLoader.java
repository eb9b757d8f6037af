package io.variate.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Loads settings from a YAML file and from environment variables, which take precedence: {@code http.max-url-length} is
 * {@code VARIATE_HTTP_MAX_URL_LENGTH}. An empty variable counts as unset, so that a compose file can leave one open.
 *
 * <p>Unknown keys of the file are errors. Unknown variables are not, because Kubernetes adds some for every service.
 */
public final class SettingsLoader {
    private static final String PREFIX = "VARIATE_";

    private SettingsLoader() {}

    /**
     * Reads and checks the settings.
     *
     * @param file the YAML file, or null for defaults only
     * @param environment environment variables of the process
     * @throws InvalidSettingsException with every problem of the file, the variables and their combination
     */
    public static Settings load(@Nullable Path file, Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        Map<String, @Nullable Object> fromFile = new LinkedHashMap<>();
        if (file != null) {
            Object yaml = readYaml(file, problems);
            if (yaml != null && !(yaml instanceof Map)) {
                problems.add(file + ": must contain sections such as http:, but is a single value");
            }
            flatten("", yaml, fromFile);
        }
        SettingsReader reader = new SettingsReader(fromFile, environment, PREFIX, problems);
        Settings settings = Settings.read(reader);
        reader.reportUnknown();
        SettingsChecks.check(settings, problems);
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        return settings;
    }

    private static @Nullable Object readYaml(Path file, List<String> problems) {
        try {
            return new Load(LoadSettings.builder().setLabel(file.toString()).build())
                    .loadFromString(Files.readString(file));
        } catch (IOException e) {
            problems.add("cannot read " + file + ": " + e);
        } catch (MarkedYamlEngineException e) {
            // The exception's message quotes the line, which may contain a password.
            String where = e.getProblemMark()
                    .map(mark -> " in line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                    .orElse("");
            problems.add(file + " is not valid YAML: " + e.getProblem() + where);
        } catch (YamlEngineException e) {
            problems.add(file + " is not valid YAML");
        }
        return null;
    }

    private static void flatten(String path, @Nullable Object node, Map<String, @Nullable Object> into) {
        if (node instanceof Map<?, ?> section) {
            section.forEach((key, value) -> flatten(path.isEmpty() ? "" + key : path + "." + key, value, into));
        } else if (!path.isEmpty()) {
            into.put(path, node);
        }
    }
}
