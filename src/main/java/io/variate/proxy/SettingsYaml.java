package io.variate.proxy;

import io.variate.config.SettingsLoader;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Writes settings as the YAML file that {@link SettingsLoader} reads. */
final class SettingsYaml {
    private static final Pattern SECRET = Pattern.compile(".*\\.(api-key|secret-key|management-key|deployment-keys)");

    /** Scalars that mean themselves without quotes. */
    private static final Pattern PLAIN = Pattern.compile("true|false|\\d+(?:ms|s|h)?|us|eu|/[A-Za-z0-9._/-]+");

    private SettingsYaml() {}

    /**
     * Writes settings.
     *
     * @param values by path
     * @param withSecrets whether credentials are written; otherwise a comment names the variables to set instead
     */
    static String write(Map<String, String> values, boolean withSecrets) {
        StringBuilder yaml =
                new StringBuilder("# Settings of Variate, translated from a configuration of evaluation-proxy.\n");
        TreeMap<String, String> written = new TreeMap<>(values);
        if (withSecrets) {
            yaml.append("# This file contains secrets.\n");
        } else {
            written.keySet().removeIf(path -> SECRET.matcher(path).matches());
            yaml.append("# Credentials are left out. Set these variables:\n");
            values.keySet().stream()
                    .filter(path -> SECRET.matcher(path).matches())
                    .forEach(path -> yaml.append("#   ")
                            .append(SettingsLoader.variable(path))
                            .append('\n'));
        }
        List<String> open = List.of();
        for (Map.Entry<String, String> entry : written.entrySet()) {
            List<String> path = List.of(entry.getKey().split("\\."));
            openSections(open, path, yaml);
            yaml.append("  ".repeat(path.size() - 1))
                    .append(path.get(path.size() - 1))
                    .append(": ")
                    .append(scalar(entry.getValue()))
                    .append('\n');
            open = path.subList(0, path.size() - 1);
        }
        return yaml.toString();
    }

    private static void openSections(List<String> open, List<String> path, StringBuilder yaml) {
        int common = 0;
        while (common < Math.min(open.size(), path.size() - 1)
                && open.get(common).equals(path.get(common))) {
            common++;
        }
        for (int depth = common; depth < path.size() - 1; depth++) {
            yaml.append(depth == 0 ? "\n" : "")
                    .append("  ".repeat(depth))
                    .append(path.get(depth))
                    .append(":\n");
        }
    }

    private static String scalar(String text) {
        if (PLAIN.matcher(text).matches()) {
            return text;
        }
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(each -> {
            if (each == '"' || each == '\\') {
                quoted.append('\\').append((char) each);
            } else if (each < ' ') {
                quoted.append(String.format("\\x%02x", each));
            } else {
                quoted.append((char) each);
            }
        });
        return quoted.append('"').toString();
    }
}
