package io.variate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loads settings from a YAML file and from environment variables, which take precedence: {@code http.max-url-length} is
 * {@code VARIATE_HTTP_MAX_URL_LENGTH}. An empty variable counts as unset, so that a compose file can leave one open.
 *
 * <p>A secret can also be in a file: {@code VARIATE_ADMIN_TOKEN_FILE} names it. Unknown keys of the file and unknown
 * variables are errors, except the variables that Kubernetes adds for every service: see {@link ServiceVariables}.
 */
public final class SettingsLoader {
    private static final String PREFIX = "VARIATE_";

    /** Variables of commands, and the variable that names the settings file. */
    private static final Set<String> NO_SETTINGS = Set.of("VARIATE_CONFIG", "VARIATE_TOKEN");

    /** Start of the variables of development servers. */
    private static final String DEVELOPMENT = "VARIATE_DEV_";

    private SettingsLoader() {}

    /**
     * Reads and checks the settings.
     *
     * @param file the YAML file, or null for defaults only
     * @param environment environment variables of the process
     * @throws InvalidSettingsException with every problem of the file, the variables and their combination
     */
    public static Settings load(@Nullable Path file, Map<String, String> environment) {
        return load(file, new TranslatedSettings(), environment);
    }

    /**
     * Reads and checks settings that are partly translated from the configuration of another program.
     *
     * @param file the YAML file, or null for defaults only
     * @param translated take precedence over the file; their problems are reported with the others
     * @param environment environment variables of the process, which take precedence over both
     * @throws InvalidSettingsException with every problem of the file, the variables and their combination
     */
    public static Settings load(@Nullable Path file, TranslatedSettings translated, Map<String, String> environment) {
        return loadAll(file, translated, environment).settings();
    }

    /** Like {@link #load(Path, TranslatedSettings, Map)}, with the value and the origin of each setting. */
    public static LoadedSettings loadAll(
            @Nullable Path file, TranslatedSettings translated, Map<String, String> environment) {
        List<String> problems = new ArrayList<>(translated.problems());
        Map<String, @Nullable Object> values = read(file, problems);
        values.putAll(translated.values());
        SettingsReader reader = new SettingsReader(
                values, translated.origins(), ServiceVariables.removedFrom(environment), PREFIX, problems);
        Settings settings = Settings.read(reader);
        reader.reportUnknown();
        reader.reportUnknownVariables(name -> NO_SETTINGS.contains(name) || name.startsWith(DEVELOPMENT));
        SettingsChecks.check(settings, problems);
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        return new LoadedSettings(settings, reader.effective());
    }

    /** Whether a file or the environment sets a source of rulesets. False if the file is invalid: loading it reports that. */
    public static boolean hasSource(@Nullable Path file, Map<String, String> environment) {
        List<String> ignored = new ArrayList<>();
        return Settings.hasSource(
                new SettingsReader(read(file, ignored), ServiceVariables.removedFrom(environment), PREFIX, ignored));
    }

    /** The environment variable that overrides a setting. */
    public static String variable(String path) {
        return PREFIX + SettingsReader.suffix(path);
    }

    private static Map<String, @Nullable Object> read(@Nullable Path file, List<String> problems) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        if (file != null) {
            Object yaml = YamlFile.read(file, problems);
            if (yaml != null && !(yaml instanceof Map)) {
                problems.add(file + ": must contain sections such as http:, but is a single value");
            }
            flatten("", yaml, values);
        }
        return values;
    }

    private static void flatten(String path, @Nullable Object node, Map<String, @Nullable Object> into) {
        if (node instanceof Map<?, ?> section) {
            section.forEach((key, value) -> flatten(path.isEmpty() ? "" + key : path + "." + key, value, into));
        } else if (!path.isEmpty()) {
            into.put(path, node);
        }
    }
}
