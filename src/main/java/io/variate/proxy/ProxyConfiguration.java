package io.variate.proxy;

import io.variate.config.YamlFile;
import io.variate.proxy.ProxyKey.Unneeded;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of an evaluation-proxy, as that program reads it: projects from a file or else from the environment,
 * and the rest from a file or else from the environment. A file takes precedence over all variables of its part.
 *
 * <p>Not thread-safe.
 */
final class ProxyConfiguration {
    static final String API_KEY = "AMPLITUDE_API_KEY";
    static final String SECRET_KEY = "AMPLITUDE_SECRET_KEY";
    static final String MANAGEMENT_KEY = "AMPLITUDE_EXPERIMENT_MANAGEMENT_API_KEY";

    /** Only earlier releases of evaluation-proxy read it, like the field {@code deploymentKeys} of projects. */
    static final String DEPLOYMENT_KEY = "AMPLITUDE_EXPERIMENT_DEPLOYMENT_KEY";

    private static final String PROJECT_ID = "AMPLITUDE_PROJECT_ID";
    private static final List<String> PROJECT_VARIABLES =
            List.of(API_KEY, SECRET_KEY, MANAGEMENT_KEY, DEPLOYMENT_KEY, PROJECT_ID);
    private static final List<String> PROJECT_FIELDS =
            List.of("apiKey", "secretKey", "managementKey", "deploymentKeys", "id");
    private static final String PREFIX = "AMPLITUDE_";
    private static final String PROJECTS = "projects";
    private static final String CONFIGURATION = "configuration";

    private final Map<Path, Map<?, ?>> read = new LinkedHashMap<>();
    private final List<Project> projects = new ArrayList<>();
    private final Map<ProxyKey, Value> values = new EnumMap<>(ProxyKey.class);
    private final List<String> problems = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();

    private ProxyConfiguration() {}

    /**
     * A configured value; prints as its origin, because it may be a secret.
     *
     * @param text as written, without surrounding space
     * @param origin the name of a variable, or a path in a file
     */
    record Value(String text, String origin) {
        @Override
        public String toString() {
            return origin;
        }
    }

    /** A project with its credentials. A missing field is a problem of the configuration. */
    record Project(
            @Nullable Value apiKey,
            @Nullable Value secretKey,
            @Nullable Value managementKey,
            List<Value> deploymentKeys) {}

    /**
     * Reads a configuration.
     *
     * @param projectsFile null if the environment has the project
     * @param configurationFile null if the environment has the rest
     */
    static ProxyConfiguration read(
            @Nullable Path projectsFile, @Nullable Path configurationFile, Map<String, String> environment) {
        ProxyConfiguration result = new ProxyConfiguration();
        result.readProjects(projectsFile, environment);
        result.readValues(configurationFile, environment);
        result.noticeUnneeded();
        result.noticeUnknown(environment);
        return result;
    }

    /** Whether a YAML or JSON file has a part of such a configuration. Native settings have no section of these names. */
    static boolean isIn(Path file) {
        return hasProjects(file) || root(file, new ArrayList<>()).containsKey(CONFIGURATION);
    }

    /** Whether a YAML or JSON file lists projects. */
    static boolean hasProjects(Path file) {
        return root(file, new ArrayList<>()).containsKey(PROJECTS);
    }

    List<Project> projects() {
        return Collections.unmodifiableList(projects);
    }

    @Nullable
    Value value(ProxyKey key) {
        return values.get(key);
    }

    /** What prevents a start: one sentence each, which names the place and what is allowed. */
    List<String> problems() {
        return problems;
    }

    /** What has no effect, and why: one sentence each. */
    List<String> notices() {
        return notices;
    }

    private void readProjects(@Nullable Path file, Map<String, String> environment) {
        if (file == null) {
            addProject(
                    variable(environment, API_KEY),
                    variable(environment, SECRET_KEY),
                    variable(environment, MANAGEMENT_KEY),
                    Stream.ofNullable(variable(environment, DEPLOYMENT_KEY)).toList(),
                    API_KEY,
                    SECRET_KEY,
                    MANAGEMENT_KEY);
            return;
        }
        noticeOverridden(environment, PROJECT_VARIABLES, file);
        Object list = rootOf(file).get(PROJECTS);
        if (!(list instanceof List<?> items) || items.isEmpty()) {
            if (problems.isEmpty()) {
                problems.add(PROJECTS + " in " + file
                        + ": must be a list of at least one project with apiKey, secretKey and" + " managementKey");
            }
            return;
        }
        for (int index = 0; index < items.size(); index++) {
            readProject(items.get(index), PROJECTS + "[" + index + "]", file);
        }
    }

    private void readProject(@Nullable Object item, String path, Path file) {
        if (!(item instanceof Map<?, ?> fields)) {
            problems.add(path + " in " + file + ": must be a project with apiKey, secretKey and managementKey");
            return;
        }
        noticeUnknown(fields.keySet(), PROJECT_FIELDS, path + ".", file);
        Object deployments = fields.get("deploymentKeys");
        List<Value> deploymentKeys = new ArrayList<>();
        for (Object key : deployments instanceof List<?> keys ? keys : List.of()) {
            Value value = scalar(key, path + ".deploymentKeys", file);
            if (value != null) {
                deploymentKeys.add(value);
            }
        }
        addProject(
                scalar(fields.get("apiKey"), path + ".apiKey", file),
                scalar(fields.get("secretKey"), path + ".secretKey", file),
                scalar(fields.get("managementKey"), path + ".managementKey", file),
                deploymentKeys,
                path + ".apiKey in " + file,
                path + ".secretKey in " + file,
                path + ".managementKey in " + file);
    }

    private void addProject(
            @Nullable Value apiKey,
            @Nullable Value secretKey,
            @Nullable Value managementKey,
            List<Value> deploymentKeys,
            String apiKeyPlace,
            String secretKeyPlace,
            String managementKeyPlace) {
        if (apiKey == null) {
            problems.add(apiKeyPlace + ": is required");
        }
        if (secretKey == null) {
            problems.add(secretKeyPlace + ": is required");
        }
        if (managementKey == null && deploymentKeys.isEmpty()) {
            problems.add(managementKeyPlace + ": is required");
        }
        projects.add(new Project(apiKey, secretKey, managementKey, deploymentKeys));
    }

    private void readValues(@Nullable Path file, Map<String, String> environment) {
        if (file == null) {
            for (ProxyKey key : ProxyKey.values()) {
                put(key, variable(environment, key.variable));
            }
            return;
        }
        noticeOverridden(environment, ProxyKey.BY_VARIABLE.keySet(), file);
        Map<?, ?> root = rootOf(file);
        noticeUnknown(root.keySet(), List.of(PROJECTS, CONFIGURATION), "", file);
        Object configuration = root.get(CONFIGURATION);
        if (configuration instanceof Map<?, ?> section) {
            readSection("", section, file);
        } else if (!isNothing(configuration)) {
            problems.add(
                    CONFIGURATION + " in " + file + ": must contain keys such as serverUrl, but is a single value");
        }
    }

    private void readSection(String prefix, Map<?, ?> section, Path file) {
        section.forEach((name, value) -> {
            String path = prefix + name;
            ProxyKey key = ProxyKey.BY_PATH.get(path);
            if (key != null) {
                put(key, scalar(value, CONFIGURATION + "." + path, file));
            } else if (value instanceof Map<?, ?> inner && isSection(path)) {
                readSection(path + ".", inner, file);
            }
        });
        List<String> known = ProxyKey.BY_PATH.keySet().stream()
                .filter(path -> path.startsWith(prefix))
                .map(path -> path.substring(prefix.length()).replaceFirst("\\..*", ""))
                .distinct()
                .sorted()
                .toList();
        noticeUnknown(section.keySet(), known, CONFIGURATION + "." + prefix, file);
    }

    private static boolean isSection(String path) {
        return ProxyKey.BY_PATH.keySet().stream().anyMatch(known -> known.startsWith(path + "."));
    }

    private void put(ProxyKey key, @Nullable Value value) {
        if (value != null) {
            values.put(key, value);
        }
    }

    private static @Nullable Value variable(Map<String, String> environment, String name) {
        String text = environment.getOrDefault(name, "").strip();
        return text.isEmpty() ? null : new Value(text, name);
    }

    private @Nullable Value scalar(@Nullable Object node, String path, Path file) {
        if (isNothing(node)) {
            return null;
        }
        if (node instanceof String text) {
            return new Value(text.strip(), path + " in " + file);
        }
        problems.add(path + " in " + file + ": must be a single value");
        return null;
    }

    /** Absent, empty or null as YAML writes it. */
    private static boolean isNothing(@Nullable Object node) {
        return node == null
                || (node instanceof String text && (text.isBlank() || text.equals("null") || text.equals("~")));
    }

    /** Reads each file once, so that a problem is reported once. */
    private Map<?, ?> rootOf(Path file) {
        return read.computeIfAbsent(file, unread -> root(unread, problems));
    }

    private static Map<?, ?> root(Path file, List<String> problems) {
        return YamlFile.readText(file, problems) instanceof Map<?, ?> root ? root : Map.of();
    }

    private void noticeUnneeded() {
        Map<Unneeded, List<String>> byReason = new EnumMap<>(Unneeded.class);
        values.forEach((key, value) -> {
            if (key.unneeded != null) {
                byReason.computeIfAbsent(key.unneeded, reason -> new ArrayList<>())
                        .add(value.origin());
            }
        });
        byReason.forEach((unneeded, origins) ->
                notices.add(String.join(", ", origins) + ": ignored, because " + unneeded.reason));
    }

    private void noticeUnknown(Map<String, String> environment) {
        List<String> known = Stream.concat(PROJECT_VARIABLES.stream(), ProxyKey.BY_VARIABLE.keySet().stream())
                .sorted()
                .toList();
        List<String> unknown = environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX) && !known.contains(name))
                .sorted()
                .toList();
        if (!unknown.isEmpty()) {
            notices.add(String.join(", ", unknown) + ": ignored, because evaluation-proxy has no such variable; it has "
                    + String.join(", ", known));
        }
    }

    private void noticeUnknown(Collection<?> names, List<String> known, String prefix, Path file) {
        String unknown = names.stream()
                .map(String::valueOf)
                .filter(name -> !known.contains(name))
                .map(name -> prefix + name)
                .collect(Collectors.joining(", "));
        if (!unknown.isEmpty()) {
            notices.add(unknown + " in " + file + ": ignored, because evaluation-proxy has no such key; it has "
                    + String.join(", ", known));
        }
    }

    private void noticeOverridden(Map<String, String> environment, Collection<String> variables, Path file) {
        TreeSet<String> overridden = new TreeSet<>(variables);
        overridden.removeIf(name -> variable(environment, name) == null);
        if (!overridden.isEmpty()) {
            notices.add(
                    String.join(", ", overridden) + ": ignored, because " + file + " exists, as in evaluation-proxy");
        }
    }
}
