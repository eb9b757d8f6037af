package io.variate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OncePerMinuteTest {
    private long now = Long.MAX_VALUE - 1;
    private final OncePerMinute lines = new OncePerMinute(() -> now);

    @Test
    void permitsEachKindOnceAMinute() {
        assertThat(lines.permits("a")).isTrue();
        assertThat(lines.permits("b")).isTrue();
        now += TimeUnit.SECONDS.toNanos(60) - 1;
        assertThat(lines.permits("a")).isFalse();
        now++;
        assertThat(lines.permits("a")).isTrue();
    }

    @Test
    void permitsABoundedNumberOfKindsAMinute() {
        assertThat(IntStream.range(0, 1_000).filter(kind -> lines.permits("kind " + kind % 300)))
                .hasSizeLessThanOrEqualTo(100);
    }
}
