package io.variate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TelemetryTest {
    private final Telemetry telemetry = new Telemetry();

    @Test
    void exportsEvaluationTimesAsAHistogram() {
        telemetry.registry().timer(MetricNames.EVALUATION).record(Duration.ofNanos(30_000));

        assertThat(telemetry.scrape())
                .contains("\nvariate_evaluation_seconds_bucket{le=\"2.5E-5\"} 0\n")
                .contains("\nvariate_evaluation_seconds_bucket{le=\"5.0E-5\"} 1\n")
                .contains("\nvariate_evaluation_seconds_count 1\n")
                .contains("\nvariate_evaluation_seconds_max ");
    }

    @Test
    void exportsResponseTimesAsAHistogramPerRoute() {
        telemetry
                .registry()
                .timer("vertx.http.server.response.time", "route", "/somewhere", "code", "200")
                .record(Duration.ofMillis(3));

        assertThat(telemetry.scrape())
                .contains("_seconds_bucket{code=\"200\",route=\"/somewhere\",le=\"0.0025\"} 0\n")
                .contains("_seconds_bucket{code=\"200\",route=\"/somewhere\",le=\"0.005\"} 1\n");
    }

    @Test
    void labelsARequestWithTheRouteThatAnswered() {
        telemetry
                .registry()
                .counter("requests", "route", "/api/>/api/1/ruleset", "code", "200")
                .increment();

        assertThat(telemetry.scrape()).contains("requests_total{code=\"200\",route=\"/api/1/ruleset\"} 1.0\n");
    }

    @Test
    void exportsOtherTimersWithoutBuckets() {
        telemetry.registry().timer("another").record(Duration.ofMillis(3));

        assertThat(telemetry.scrape()).contains("another_seconds_count 1").doesNotContain("another_seconds_bucket");
    }
}
