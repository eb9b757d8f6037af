package io.variate.proxy;

import io.variate.config.TranslatedSettings;
import io.variate.proxy.ProxyConfiguration.Project;
import io.variate.proxy.ProxyConfiguration.Value;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Translates the configuration of an evaluation-proxy into settings of this server. */
final class ProxyTranslation {
    private static final String DEFAULT = "default of evaluation-proxy";
    private static final String DEFAULT_PORT = "3546";

    /** Longest duration of a setting. */
    private static final long MAX_MILLIS = Duration.ofHours(24).toMillis();

    /** Hexadecimal digits of a hash that name a project. */
    private static final int NAME_DIGITS = 8;

    private final ProxyConfiguration proxy;
    private final TranslatedSettings settings = new TranslatedSettings();
    private final List<String> notices;

    private ProxyTranslation(ProxyConfiguration proxy) {
        this.proxy = proxy;
        this.notices = new ArrayList<>(proxy.notices());
    }

    /**
     * The result of a translation.
     *
     * @param settings with the problems of the configuration
     * @param notices what has no effect or is adjusted: one sentence each, without secrets
     */
    record Result(TranslatedSettings settings, List<String> notices) {}

    static Result of(ProxyConfiguration proxy) {
        ProxyTranslation translation = new ProxyTranslation(proxy);
        proxy.problems().forEach(translation.settings::problem);
        translation.translateServer();
        translation.translateUpstream();
        translation.translateProjects();
        translation.translateEvents();
        return new Result(translation.settings, List.copyOf(translation.notices));
    }

    private void translateServer() {
        settings.put("http.port", DEFAULT_PORT, DEFAULT);
        copy(ProxyKey.PORT, "http.port");
        settings.put("metrics.enabled", "true", DEFAULT);
        copy(ProxyKey.METRICS_PORT, "metrics.port");
        Value path = proxy.value(ProxyKey.METRICS_PATH);
        if (path != null) {
            String text = path.text();
            settings.put("metrics.path", text.startsWith("/") ? text : "/" + text, path.origin());
        }
    }

    private void translateUpstream() {
        Value flags = proxy.value(ProxyKey.SERVER_URL);
        Value zone = proxy.value(ProxyKey.SERVER_ZONE);
        if (zone != null) {
            settings.put("upstream.zone", zone.text().toLowerCase(Locale.ROOT), zone.origin());
        } else if (flags != null && host(flags).endsWith(".eu.amplitude.com")) {
            settings.put("upstream.zone", "eu", flags.origin());
            notices.add(
                    flags.origin() + ": is in the EU; using the addresses of the EU for everything without an address");
        }
        copy(ProxyKey.SERVER_URL, "upstream.flags-url");
        // The proxy has no streams. Amplitude's would be the wrong ones for flags that come from elsewhere.
        if (flags != null && !host(flags).isEmpty() && !host(flags).endsWith(".amplitude.com")) {
            settings.put("upstream.stream-url", flags.text(), flags.origin());
        }
        copy(ProxyKey.COHORT_SERVER_URL, "upstream.cohorts-url");
        copy(ProxyKey.MANAGEMENT_SERVER_URL, "upstream.management-url");
        interval(ProxyKey.FLAG_SYNC_INTERVAL, "upstream.flags-interval");
        interval(ProxyKey.DEPLOYMENT_SYNC_INTERVAL, "upstream.deployments-interval");
        interval(ProxyKey.COHORT_SYNC_INTERVAL, "upstream.cohorts-interval");
        copy(ProxyKey.MAX_COHORT_SIZE, "upstream.max-cohort-size");
    }

    private void translateProjects() {
        Map<String, Value> seen = new HashMap<>();
        for (Project project : proxy.projects()) {
            Value apiKey = project.apiKey();
            Value earlier = apiKey == null ? null : seen.putIfAbsent(apiKey.text(), apiKey);
            if (apiKey != null && earlier != null) {
                settings.problem(apiKey.origin() + ": must differ from " + earlier.origin());
            }
            put(section(project) + "api-key", apiKey);
            put(section(project) + "secret-key", project.secretKey());
            put(section(project) + "management-key", project.managementKey());
            if (!project.deploymentKeys().isEmpty()) {
                settings.put(
                        section(project) + "deployment-keys",
                        project.deploymentKeys().stream().map(Value::text).collect(Collectors.joining(",")),
                        project.deploymentKeys().get(0).origin());
            }
        }
    }

    /** A project among several needs a name that depends neither on their order nor on the others. */
    private String section(Project project) {
        return proxy.projects().size() == 1 || project.apiKey() == null
                ? "upstream."
                : "upstream.projects." + name(project.apiKey().text()) + ".";
    }

    private static String name(String apiKey) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(apiKey.getBytes(StandardCharsets.UTF_8));
            return "project-" + HexFormat.of().formatHex(hash).substring(0, NAME_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private void translateEvents() {
        settings.put("amplitude.events", "true", DEFAULT);
        copy(ProxyKey.ASSIGNMENT_FILTER_CAPACITY, "assignments.deduplication-size");
        Value batchMode = proxy.value(ProxyKey.ASSIGNMENT_USE_BATCH_MODE);
        boolean isBatch = batchMode == null || !batchMode.text().equalsIgnoreCase("false");
        if (isBatch && batchMode != null && !batchMode.text().equalsIgnoreCase("true")) {
            settings.problem(batchMode.origin() + ": must be true or false, was '" + batchMode.text() + "'");
        }
        String endpoint = isBatch ? "/batch" : "/2/httpapi";
        Value url = proxy.value(ProxyKey.ANALYTICS_SERVER_URL);
        if (url != null) {
            boolean isBase = url.text().matches("https?://[^/]+/?");
            settings.put(
                    "amplitude.url", isBase ? url.text().replaceFirst("/$", "") + endpoint : url.text(), url.origin());
        } else if (!isBatch && batchMode != null) {
            String zone = settings.values().getOrDefault("upstream.zone", "us");
            settings.put(
                    "amplitude.url",
                    "https://" + (zone.equals("eu") ? "api.eu" : "api2") + ".amplitude.com" + endpoint,
                    batchMode.origin());
        }
    }

    private void interval(ProxyKey key, String path) {
        Value value = proxy.value(key);
        if (value == null) {
            return;
        }
        long millis;
        try {
            millis = Long.parseLong(value.text());
        } catch (NumberFormatException e) {
            millis = 0;
        }
        if (millis < 1) {
            settings.problem(value.origin() + ": must be a number of milliseconds from 1 to " + MAX_MILLIS + ", was '"
                    + value.text() + "'");
        } else if (millis > MAX_MILLIS) {
            notices.add(value.origin() + ": using 24h, the longest interval, instead of " + millis + " ms");
            settings.put(path, "24h", value.origin());
        } else {
            settings.put(path, millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms", value.origin());
        }
    }

    private void copy(ProxyKey key, String path) {
        put(path, proxy.value(key));
    }

    private void put(String path, @Nullable Value value) {
        if (value != null) {
            settings.put(path, value.text(), value.origin());
        }
    }

    /** Empty if the value is not a URL: the check of the setting reports that. */
    private static String host(Value url) {
        try {
            String host = new URI(url.text()).getHost();
            return host == null ? "" : host.toLowerCase(Locale.ROOT);
        } catch (URISyntaxException e) {
            return "";
        }
    }
}
