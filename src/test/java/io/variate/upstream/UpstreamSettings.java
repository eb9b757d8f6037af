package io.variate.upstream;

import io.variate.config.Secret;
import io.variate.config.Upstream;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** Settings of an upstream for tests: polls often enough for a test, and has one base URL for everything. */
final class UpstreamSettings {
    static final String MANAGEMENT_KEY = "management-key-secret";
    static final String API_KEY = "api-key-secret";
    static final String SECRET_KEY = "project-secret-key";

    private UpstreamSettings() {}

    static Upstream of(URI url, Duration interval, Duration timeout, int maxRequests, List<Upstream.Project> projects) {
        return new Upstream(
                projects,
                url,
                null,
                url,
                url,
                true,
                interval,
                interval,
                interval,
                Integer.MAX_VALUE,
                timeout,
                maxRequests,
                interval,
                Duration.ofMinutes(10));
    }

    static Upstream.Project unnamed() {
        return new Upstream.Project(
                "", new Secret(API_KEY), new Secret(SECRET_KEY), new Secret(MANAGEMENT_KEY), null, List.of());
    }
}
