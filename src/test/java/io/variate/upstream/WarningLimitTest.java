package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Await;
import io.variate.testing.LogLines;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class WarningLimitTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void logsTheFirstWarningOfAKindAndTheNumberOfFurtherOnes() {
        try (LogLines lines = new LogLines(WarningLimitTest.class)) {
            WarningLimit limit =
                    new WarningLimit(vertx, LoggerFactory.getLogger(WarningLimitTest.class), Duration.ofMillis(500));

            vertx.runOnContext(now -> {
                for (int i = 0; i < 100; i++) {
                    limit.warn("unknown", "unknown cohort={}", i);
                }
                limit.warn("rejected", "rejected cohort={}", 7);
            });

            Await.until("the interval ends", () -> lines.all().size() >= 3);
            assertThat(lines.all())
                    .containsExactly(
                            "WARN unknown cohort=0",
                            "WARN rejected cohort=7",
                            "WARN withheld similar warnings kind=\"unknown\" count=99");
        }
    }
}
