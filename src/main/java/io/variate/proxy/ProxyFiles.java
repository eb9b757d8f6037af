package io.variate.proxy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where an evaluation-proxy finds its configuration.
 *
 * @param projects the file with projects; null if the environment has them
 * @param configuration the file with everything else; null if the environment has it
 * @param environment environment variables of the process
 */
record ProxyFiles(@Nullable Path projects, @Nullable Path configuration, Map<String, String> environment) {
    /** The file that evaluation-proxy reads by default. */
    static final Path DEFAULT = Path.of("/etc/evaluation-proxy-config.yaml");

    static final String CONFIGURATION = "PROXY_CONFIG_FILE_PATH";
    static final String PROJECTS = "PROXY_PROJECTS_FILE_PATH";

    /** Like evaluation-proxy, uses the environment in place of a file that does not exist. */
    static ProxyFiles of(Map<String, String> environment, Path byDefault) {
        Path configuration = path(environment, CONFIGURATION, byDefault);
        Path projects = path(environment, PROJECTS, configuration);
        return new ProxyFiles(existing(projects), existing(configuration), environment);
    }

    private static Path path(Map<String, String> environment, String variable, Path fallback) {
        String path = environment.getOrDefault(variable, "");
        return path.isEmpty() ? fallback : Path.of(path);
    }

    private static @Nullable Path existing(Path file) {
        return Files.exists(file) ? file : null;
    }

    /** Whether there is anything of an evaluation-proxy: a file, or a credential in the environment. */
    boolean isConfigured() {
        return projects != null
                || configuration != null
                || Stream.of(
                                CONFIGURATION,
                                PROJECTS,
                                ProxyConfiguration.API_KEY,
                                ProxyConfiguration.SECRET_KEY,
                                ProxyConfiguration.MANAGEMENT_KEY)
                        .anyMatch(name -> !environment.getOrDefault(name, "").isEmpty());
    }

    /** The same with another file for all that it contains. */
    ProxyFiles withFile(Path file) {
        return new ProxyFiles(ProxyConfiguration.hasProjects(file) ? file : projects, file, environment);
    }

    ProxyTranslation.Result translate() {
        return ProxyTranslation.of(ProxyConfiguration.read(projects, configuration, environment));
    }
}
