package io.variate.proxy;

import io.variate.config.InvalidSettingsException;
import io.variate.config.SettingsLoader;
import io.variate.config.TranslatedSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of an evaluation-proxy as a file of settings.
 *
 * @param yaml the file, with secrets only if they were requested
 * @param notices what has no effect or is adjusted: one sentence each, without secrets
 */
public record ProxyMigration(String yaml, List<String> notices) {
    /**
     * Migrates what an evaluation-proxy would find: files that the environment names, the default file, and variables.
     *
     * @throws InvalidSettingsException with every problem
     */
    public static ProxyMigration ofEnvironment(Map<String, String> environment, boolean withSecrets) {
        return of(ProxyFiles.of(environment, ProxyFiles.DEFAULT), withSecrets);
    }

    /**
     * Migrates files.
     *
     * @param files one with everything; or two, one of them with the projects
     * @param environment variables for what the files do not contain, or null to ignore the environment
     * @throws InvalidSettingsException with every problem
     * @throws IllegalArgumentException if it is not clear which of two files has the projects
     */
    public static ProxyMigration ofFiles(
            List<Path> files, @Nullable Map<String, String> environment, boolean withSecrets) {
        List<Path> withProjects =
                files.stream().filter(ProxyConfiguration::hasProjects).toList();
        if (files.size() > 1 && withProjects.size() != 1) {
            throw new IllegalArgumentException("exactly one of two files must have projects");
        }
        Path projects = withProjects.isEmpty() ? environment == null ? files.get(0) : null : withProjects.get(0);
        Path configuration = files.stream()
                .filter(file -> files.size() == 1 || !file.equals(projects))
                .findFirst()
                .orElseThrow();
        return of(new ProxyFiles(projects, configuration, environment == null ? Map.of() : environment), withSecrets);
    }

    private static ProxyMigration of(ProxyFiles files, boolean withSecrets) {
        ProxyTranslation.Result translated = files.translate();
        TranslatedSettings settings = translated.settings();
        // For its checks: what is printed must start a node.
        SettingsLoader.load(null, settings, Map.of());
        return new ProxyMigration(SettingsYaml.write(settings.values(), withSecrets), translated.notices());
    }
}
