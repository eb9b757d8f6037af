package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.testing.LogLines;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UpstreamStatusTest {
    private final LogLines lines = new LogLines(UpstreamStatus.class);
    private final UpstreamStatus status =
            new UpstreamStatus(new SimpleMeterRegistry(), Duration.ofMinutes(10), Clock.systemUTC());

    @AfterEach
    void stop() {
        lines.close();
    }

    @Test
    void cutsLongTextsOfTheUpstream() {
        status.leaveOut(1, "x".repeat(1_000_000));
        status.add(UpstreamStatus.Kind.FLAGS, "y".repeat(1_000_000))
                .failed(new UpstreamException(UpstreamException.Kind.INVALID, "z".repeat(1_000_000)));

        assertThat(lines.all())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("...").hasSizeLessThan(600));
    }

    @Test
    void replacesControlCharacters() {
        status.leaveOut(1, "a\r\nb\u001b[31mc\u2028d");

        assertThat(lines.all()).singleElement().asString().contains("a??b?[31mc?d");
    }
}
