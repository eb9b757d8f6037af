package io.variate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import io.variate.observability.LogLevels.LoggerLevel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogLevelsTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final LoggerContext context = new LoggerContext();
    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final LogLevels levels = new LogLevels(context, new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Objects.requireNonNull(now.get());
        }
    });

    @BeforeEach
    void configure() {
        levels.configure(Map.of("root", "info", "a.noisy", "warn"));
    }

    @Test
    void changesALoggerAndAllBelowIt() {
        levels.set("a", "debug", null);

        assertThat(context.getLogger("a.b").isDebugEnabled()).isTrue();
        assertThat(context.getLogger("b").isDebugEnabled()).isFalse();
        assertThat(context.getLogger("a.noisy").isInfoEnabled()).isFalse();
    }

    @Test
    void returnsToTheConfigurationWhenTheTimeIsOver() {
        levels.set("a.noisy", "trace", Duration.ofMinutes(10));
        levels.set("root", "error", Duration.ofMinutes(20));

        now.set(START.plus(Duration.ofMinutes(10)));
        levels.expire();

        assertThat(context.getLogger("a.noisy").getLevel()).isEqualTo(Level.WARN);
        assertThat(levels.list())
                .containsExactly(
                        new LoggerLevel("a.noisy", "warn", false, null),
                        new LoggerLevel("root", "error", true, START.plus(Duration.ofMinutes(20))));
    }

    @Test
    void resetReturnsToTheLevelBeforeAllChanges() {
        levels.set("a.b", "debug", null);
        levels.set("a.b", "trace", null);

        assertThat(levels.reset("a.b")).isTrue();
        assertThat(levels.reset("a.b")).isFalse();
        assertThat(context.getLogger("a.b").getLevel()).isNull();
    }

    @Test
    void refusesMoreThanAHundredLoggers() {
        for (int i = 0; i < 100; i++) {
            assertThat(levels.set("logger-" + i, "debug", null)).isNotNull();
        }

        assertThat(levels.set("one-more", "debug", null)).isNull();
        assertThat(levels.set("logger-7", "info", null)).isNotNull();
    }
}
