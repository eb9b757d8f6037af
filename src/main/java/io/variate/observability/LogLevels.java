package io.variate.observability;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The levels of loggers while the node runs. A level that is set for a time ends by itself, at the next use of this object
 * after that time: {@link #expire} is for a timer.
 *
 * <p>Thread-safe.
 */
public final class LogLevels {
    /** The logger above all others. */
    public static final String ROOT = "root";

    /** The levels, from the fewest lines to the most. */
    public static final List<String> LEVELS = List.of("off", "error", "warn", "info", "debug", "trace");

    /** A logger exists as long as the process, so there must not be too many. */
    private static final int MOST_CHANGED = 100;

    private final LoggerContext context;
    private final Clock clock;
    private final Map<String, Change> changes = new HashMap<>();

    /** @param before the level to return to; null to inherit */
    private record Change(@Nullable Level before, @Nullable Instant until) {}

    /**
     * The level of a logger.
     *
     * @param logger its name, or {@link #ROOT}
     * @param level one of {@link #LEVELS}
     * @param changed whether it differs from the configuration
     * @param until when it returns to the configuration; null if it does not
     */
    public record LoggerLevel(
            String logger,
            String level,
            boolean changed,
            @Nullable Instant until) {}

    /** The loggers of a logging context. */
    public LogLevels(LoggerContext context, Clock clock) {
        this.context = context;
        this.clock = clock;
    }

    /** Of all loggers of this process, which several nodes in it share. */
    public static LogLevels ofThisProcess() {
        return new LogLevels((LoggerContext) LoggerFactory.getILoggerFactory(), Clock.systemUTC());
    }

    /** Makes levels of the settings part of the configuration. */
    public synchronized void configure(Map<String, String> levels) {
        levels.forEach((name, level) -> logger(name).setLevel(Level.toLevel(level)));
    }

    /** The loggers that have a level of their own, sorted by name. */
    public synchronized List<LoggerLevel> list() {
        expire();
        return context.getLoggerList().stream()
                .filter(logger -> logger.getLevel() != null)
                .map(logger -> describe(name(logger)))
                .sorted(Comparator.comparing(LoggerLevel::logger))
                .toList();
    }

    /**
     * Sets the level of a logger and of all below it without a level of their own.
     *
     * @param level one of {@link #LEVELS}
     * @param duration how long; null until {@link #reset} or the end of the process
     * @return the new level; null if too many loggers have been changed already
     */
    public synchronized @Nullable LoggerLevel set(String name, String level, @Nullable Duration duration) {
        expire();
        Logger logger = logger(name);
        Change earlier = changes.get(name);
        if (earlier == null && changes.size() >= MOST_CHANGED) {
            return null;
        }
        changes.put(
                name,
                new Change(
                        earlier == null ? logger.getLevel() : earlier.before(),
                        duration == null ? null : clock.instant().plus(duration)));
        logger.setLevel(Level.toLevel(level));
        return describe(name);
    }

    /** Returns a logger to its level of the configuration. False if it has that already. */
    public synchronized boolean reset(String name) {
        Change change = changes.remove(name);
        if (change != null) {
            logger(name).setLevel(change.before());
        }
        return change != null;
    }

    /** Ends the levels whose time is over. */
    public synchronized void expire() {
        Instant now = clock.instant();
        List<String> over = changes.entrySet().stream()
                .filter(entry -> isOver(entry.getValue(), now))
                .map(Map.Entry::getKey)
                .toList();
        over.forEach(this::reset);
    }

    private static boolean isOver(Change change, Instant now) {
        return change.until() != null && !now.isBefore(change.until());
    }

    private LoggerLevel describe(String name) {
        Change change = changes.get(name);
        return new LoggerLevel(
                name,
                logger(name).getEffectiveLevel().toString().toLowerCase(Locale.ROOT),
                change != null,
                change == null ? null : change.until());
    }

    private Logger logger(String name) {
        return context.getLogger(name.equals(ROOT) ? org.slf4j.Logger.ROOT_LOGGER_NAME : name);
    }

    private static String name(Logger logger) {
        return logger.getName().equals(org.slf4j.Logger.ROOT_LOGGER_NAME) ? ROOT : logger.getName();
    }
}
