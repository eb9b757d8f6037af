package io.variate.dev;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/**
 * Turns down the talk of embedded parts, which log their whole life at INFO and part of it at WARN.
 *
 * <p>A level written in the logging configuration wins. Does nothing when SLF4J is not bound to Logback.
 */
final class QuietLoggers {

    private QuietLoggers() {}

    // One thread at a time: while SLF4J starts up on one thread, others are given a factory that is not the real one.
    static synchronized void quieten(Level level, String... names) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            for (String name : names) {
                Logger logger = context.getLogger(name);
                if (logger.getLevel() == null) {
                    logger.setLevel(level);
                }
            }
        }
    }

    /** Silences everything, for programs whose standard output is their result. */
    static synchronized void silence() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
        }
    }
}
