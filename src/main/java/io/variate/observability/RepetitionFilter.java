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
 * Lets a warning that a library repeats through once a minute, and counts the others: what strangers send to a port, or the
 * loss of a node under load, would else fill the log with one page for each connection or message.
 *
 * <p>Warnings are the same if they differ in words with digits only. Made by logback, called from any thread.
 */
public final class RepetitionFilter extends TurboFilter {
    private static final String OUR_LOGGERS = "io.variate.";
    private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MOST_KINDS = 512;
    private static final int LONGEST_TEXT = 400;
    private static final int LONGEST_KIND = 100;
    private static final Pattern WORD_WITH_DIGIT = Pattern.compile("[\\w:.@/-]*\\d[\\w:.@/-]*");

    /** Of the process, as loggers are. */
    private static final LongAdder WITHHELD = new LongAdder();

    private final Map<String, Long> passed = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST_KINDS;
        }
    };

    /** How many warnings were not let through. */
    static double withheld() {
        return WITHHELD.sum();
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] parameters,
            @Nullable Throwable failure) {
        // Without a text it is only asked whether the level is on.
        if (format == null
                || !level.isGreaterOrEqual(Level.WARN)
                || !level.isGreaterOrEqual(logger.getEffectiveLevel())
                || logger.getName().startsWith(OUR_LOGGERS)
                || isNew(kind(logger, format, failure))) {
            return FilterReply.NEUTRAL;
        }
        WITHHELD.increment();
        return FilterReply.DENY;
    }

    private synchronized boolean isNew(String kind) {
        long now = System.nanoTime();
        Long last = passed.get(kind);
        if (last != null && now - last < AGAIN_NANOS) {
            return false;
        }
        passed.put(kind, now);
        return true;
    }

    private static String kind(Logger logger, String format, @Nullable Throwable failure) {
        String words = WORD_WITH_DIGIT.matcher(start(format, LONGEST_TEXT)).replaceAll("#");
        return logger.getName() + ' ' + start(words, LONGEST_KIND) + ' ' + (failure == null ? "" : place(failure));
    }

    private static String start(String text, int length) {
        return text.substring(0, Math.min(text.length(), length));
    }

    private static String place(Throwable failure) {
        StackTraceElement[] stack = failure.getStackTrace();
        return failure.getClass().getName() + (stack.length == 0 ? "" : " " + stack[0]);
    }
}
