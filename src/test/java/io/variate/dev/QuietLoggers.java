package io.variate.dev;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/**
 * Raises the log level of embedded servers, which log their whole life cycle at INFO and parts of it at WARN.
 *
 * <p>A level in the logging configuration takes precedence. Does nothing if SLF4J is not bound to Logback.
 */
final class QuietLoggers {

    private QuietLoggers() {}

    // Synchronized: while SLF4J initializes on one thread, other threads get a substitute factory.
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
