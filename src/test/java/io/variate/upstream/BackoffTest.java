package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final Duration MAX = Duration.ofSeconds(60);
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

    private final Backoff backoff = new Backoff(Duration.ofSeconds(1), MAX, RandomGenerator.of("L64X128MixRandom"));
    private final IllegalStateException failure = new IllegalStateException();

    @Test
    void doublesWithJitterUpToTheBound() {
        for (int i = 0; i < 100; i++) {
            Duration bound = Duration.ofSeconds(Math.min(60, 1L << Math.min(i, 10)));
            assertThat(backoff.afterFailure(failure)).isBetween(bound.dividedBy(2), bound);
        }
    }

    @Test
    void startsAgainAfterASuccess() {
        backoff.afterFailure(failure);
        backoff.afterFailure(failure);
        backoff.reset();

        assertThat(backoff.afterFailure(failure)).isLessThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void waitsAsLongAsTheUpstreamAsks() {
        assertThat(backoff.afterFailure(UpstreamException.ofStatus(429, Duration.ofSeconds(30))))
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(backoff.afterFailure(UpstreamException.ofStatus(503, Duration.ofMinutes(10))))
                .isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void boundsWhatTheUpstreamAsks() {
        assertThat(backoff.afterFailure(UpstreamException.ofStatus(429, Duration.ofDays(30))))
                .isEqualTo(Duration.ofHours(1));
    }

    @Test
    void readsSecondsAndDates() {
        assertThat(RetryAfter.read("120", CLOCK)).isEqualTo(Duration.ofMinutes(2));
        assertThat(RetryAfter.read("99999999999999999999", CLOCK)).isGreaterThan(MAX);
        assertThat(RetryAfter.read("Thu, 01 Jan 2026 00:05:00 GMT", CLOCK)).isEqualTo(Duration.ofMinutes(5));
        assertThat(RetryAfter.read("Thu, 01 Jan 2015 00:05:00 GMT", CLOCK)).isEqualTo(Duration.ZERO);
    }

    @Test
    void ignoresOtherValues() {
        assertThat(RetryAfter.read(null, CLOCK)).isNull();
        assertThat(RetryAfter.read("soon", CLOCK)).isNull();
        assertThat(RetryAfter.read("-1", CLOCK)).isNull();
    }
}
