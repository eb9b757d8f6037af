package io.variate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.Test;

class RepetitionFilterTest {
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    RepetitionFilterTest() {
        context.addTurboFilter(new RepetitionFilter());
        lines.start();
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(lines);
    }

    @Test
    void logsAWarningOfALibraryOnceWhateverNumbersItContains() {
        Logger library = context.getLogger("com.example.Library");
        double before = RepetitionFilter.suppressed();
        library.warn("Connection[id=3, /127.0.0.1:7781->/127.0.0.1:42660] closed");
        library.warn("Connection[id=4, /127.0.0.1:7781->/127.0.0.1:51200] closed");
        library.warn("Connection[id=5, /127.0.0.1:7781->/127.0.0.1:60001] closed");
        assertThat(lines.list).hasSize(1);
        assertThat(RepetitionFilter.suppressed() - before).isGreaterThanOrEqualTo(2);
    }

    @Test
    void logsDifferentWarningsAndExceptions() {
        Logger library = context.getLogger("com.example.Library");
        library.warn("one thing");
        library.warn("another thing");
        library.error("failed", new IllegalStateException());
        library.error("failed", new IllegalArgumentException());
        assertThat(lines.list).hasSize(4);
    }

    @Test
    void logsAllOwnWarningsAndAllLibraryLinesBelowWarn() {
        Logger own = context.getLogger("io.variate.Something");
        Logger library = context.getLogger("com.example.Library");
        own.warn("again");
        own.warn("again");
        library.info("news");
        library.info("news");
        assertThat(lines.list).hasSize(4);
    }
}
