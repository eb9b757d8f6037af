package io.variate.assignments.delivery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Formats a failure and its causes in one line, for operators. */
final class Causes {
    private static final int MOST = 8;

    private Causes() {}

    /** For instance {@code Failed to construct kafka producer: NoSuchFileException: /etc/trust.p12}, outermost first. */
    static String of(Throwable failure) {
        List<String> messages = new ArrayList<>();
        Throwable cause = failure;
        for (int i = 0; i < MOST && cause != null; i++) {
            String text = text(cause);
            // Many exceptions repeat the text of their cause as their message.
            if (messages.isEmpty() || !messages.get(messages.size() - 1).endsWith(text)) {
                messages.add(text);
            }
            cause = cause.getCause();
        }
        return String.join(": ", messages);
    }

    /** As {@link #of(Throwable)}, with secrets that a message may quote replaced by {@code ***}. */
    static String of(Throwable failure, Collection<String> secrets) {
        String text = of(failure);
        List<String> longestFirst = secrets.stream()
                .filter(secret -> !secret.isBlank())
                .sorted(Comparator.comparing(String::length).reversed())
                .toList();
        for (String secret : longestFirst) {
            // Whole words only, so that a short secret does not make the rest unreadable.
            text = text.replaceAll("(?<![A-Za-z0-9])" + Pattern.quote(secret) + "(?![A-Za-z0-9])", "***");
        }
        return text;
    }

    private static String text(Throwable failure) {
        String name = failure.getClass().getSimpleName();
        String message = oneLine(failure.getMessage());
        if (message.isEmpty()) {
            return name;
        }
        // Thrown by this project with a complete message.
        return failure instanceof IllegalStateException ? message : name + ": " + message;
    }

    private static String oneLine(@Nullable String message) {
        return message == null ? "" : message.strip().replaceAll("\\s+", " ");
    }
}
