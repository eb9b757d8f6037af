package io.variate.proxy;

import io.variate.config.EffectiveSetting;
import io.variate.config.InvalidSettingsException;
import io.variate.config.LoadedSettings;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.config.TranslatedSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings with which a node starts: its own, or those of an evaluation-proxy that it replaces.
 *
 * @param settings the settings
 * @param effective each setting with its origin, without secrets
 * @param notices what an operator should know about them: one sentence each, without secrets
 */
public record NodeSettings(Settings settings, List<EffectiveSetting> effective, List<String> notices) {
    private NodeSettings(LoadedSettings loaded, List<String> notices) {
        this(loaded.settings(), loaded.effective(), notices);
    }

    private static final Path DEFAULT_FILE = Path.of("conf", "variate.yaml");

    /**
     * Loads the settings of a node that starts in the working directory.
     *
     * @param named the file that the user named; null for the one in {@code VARIATE_CONFIG}, or else {@code
     *     conf/variate.yaml} if it exists
     * @param environment environment variables of the process
     * @throws InvalidSettingsException with every problem of files and variables
     */
    public static NodeSettings load(@Nullable Path named, Map<String, String> environment) {
        String variable = environment.get("VARIATE_CONFIG");
        return load(named != null || variable == null ? named : Path.of(variable), DEFAULT_FILE, environment);
    }

    /**
     * Loads settings.
     *
     * <p>A named file is loaded in the format that it has. Without one, native settings apply if the environment or the
     * default file sets a source of rulesets. Otherwise the configuration of an evaluation-proxy applies if there is one; it
     * takes precedence over the default file, and variables {@code VARIATE_…} over both.
     *
     * @param named the file that the user named, or null
     * @param byDefault the file of native settings if the user named none; need not exist
     * @param environment environment variables of the process
     * @throws InvalidSettingsException with every problem of files and variables
     */
    public static NodeSettings load(@Nullable Path named, Path byDefault, Map<String, String> environment) {
        return load(named, byDefault, environment, ProxyFiles.DEFAULT);
    }

    /** @param proxyFile where evaluation-proxy looks for its file */
    static NodeSettings load(@Nullable Path named, Path byDefault, Map<String, String> environment, Path proxyFile) {
        ProxyFiles proxy = ProxyFiles.of(environment, proxyFile);
        if (named != null && ProxyConfiguration.isIn(named)) {
            return asProxy(proxy.withFile(named), null);
        }
        Path file = named == null && Files.exists(byDefault) ? byDefault : named;
        boolean isNative = named != null || !proxy.isConfigured() || SettingsLoader.hasSource(file, environment);
        return isNative ? asItself(file, proxy) : asProxy(proxy, file);
    }

    private static NodeSettings asItself(@Nullable Path file, ProxyFiles proxy) {
        List<String> notices = proxy.isConfigured()
                ? List.of("ignoring the configuration of evaluation-proxy: " + (file == null ? "the environment" : file)
                        + " has settings of this server")
                : List.of();
        return new NodeSettings(SettingsLoader.loadAll(file, new TranslatedSettings(), proxy.environment()), notices);
    }

    private static NodeSettings asProxy(ProxyFiles proxy, @Nullable Path file) {
        ProxyTranslation.Result translated = proxy.translate();
        List<String> notices = new ArrayList<>();
        notices.add("starting in place of evaluation-proxy");
        notices.addAll(translated.notices());
        return new NodeSettings(
                SettingsLoader.loadAll(file, translated.settings(), proxy.environment()), List.copyOf(notices));
    }
}
