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
        return of(ProxyFiles.of(environment, ProxyFiles.DEFAULT).translate(), withSecrets);
    }

    /**
     * Migrates files.
     *
     * @param files one with everything; or two, one of them with the projects
     * @param environment variables for what the files do not contain, or null to ignore the environment
     * @throws InvalidSettingsException with every problem
     */
    public static ProxyMigration ofFiles(
            List<Path> files, @Nullable Map<String, String> environment, boolean withSecrets) {
        List<Path> withProjects =
                files.stream().filter(ProxyConfiguration::hasProjects).toList();
        Path projects = withProjects.isEmpty() ? environment == null ? files.get(0) : null : withProjects.get(0);
        Path configuration = files.stream()
                .filter(file -> files.size() == 1 || !file.equals(projects))
                .findFirst()
                .orElse(projects);
        ProxyTranslation.Result translated =
                new ProxyFiles(projects, configuration, environment == null ? Map.of() : environment).translate();
        if (files.size() > 1 && withProjects.size() != 1) {
            translated.settings().problem("projects: must be in one of the two files, and not in the other");
        }
        return of(translated, withSecrets);
    }

    private static ProxyMigration of(ProxyTranslation.Result translated, boolean withSecrets) {
        TranslatedSettings settings = translated.settings();
        // For its checks: what is printed must start a node.
        SettingsLoader.load(null, settings, Map.of());
        return new ProxyMigration(SettingsYaml.write(settings.values(), withSecrets), translated.notices());
    }
}
