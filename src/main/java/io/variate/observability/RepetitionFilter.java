package io.variate.observability;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Logs a repeated warning of a library once a minute, and counts the rest. Otherwise garbage sent to a port, or a node lost
 * under load, would fill the log with a page for each connection or message.
 *
 * <p>Two warnings are equal if they differ only in words with digits. Created by Logback; any thread.
 */
public final class RepetitionFilter extends TurboFilter {
    private static final String OUR_LOGGERS = "io.variate.";
    private static final long REPEAT_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MAX_KINDS = 512;
    private static final int MAX_TEXT = 400;
    private static final int MAX_KIND = 100;
    private static final Pattern WORD_WITH_DIGIT = Pattern.compile("[\\w:.@/-]*\\d[\\w:.@/-]*");

    /** One counter per process, like the loggers. */
    private static final LongAdder SUPPRESSED = new LongAdder();

    private final Map<String, Long> lastLogged = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MAX_KINDS;
        }
    };

    /** The number of suppressed warnings. */
    static double suppressed() {
        return SUPPRESSED.sum();
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] parameters,
            @Nullable Throwable failure) {
        // Without a text, the call only checks whether the level is enabled.
        if (format == null
                || !level.isGreaterOrEqual(Level.WARN)
                || !level.isGreaterOrEqual(logger.getEffectiveLevel())
                || logger.getName().startsWith(OUR_LOGGERS)
                || isNew(kind(logger, format, failure))) {
            return FilterReply.NEUTRAL;
        }
        SUPPRESSED.increment();
        return FilterReply.DENY;
    }

    private synchronized boolean isNew(String kind) {
        long now = System.nanoTime();
        Long last = lastLogged.get(kind);
        if (last != null && now - last < REPEAT_NANOS) {
            return false;
        }
        lastLogged.put(kind, now);
        return true;
    }

    private static String kind(Logger logger, String format, @Nullable Throwable failure) {
        String words = WORD_WITH_DIGIT.matcher(prefix(format, MAX_TEXT)).replaceAll("#");
        return logger.getName() + ' ' + prefix(words, MAX_KIND) + ' ' + (failure == null ? "" : origin(failure));
    }

    private static String prefix(String text, int length) {
        return text.substring(0, Math.min(text.length(), length));
    }

    private static String origin(Throwable failure) {
        StackTraceElement[] stack = failure.getStackTrace();
        return failure.getClass().getName() + (stack.length == 0 ? "" : " " + stack[0]);
    }
}
