package io.variate.commandline;

import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetText;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads rulesets from files, and formats their problems. */
final class RulesetFile {
    private RulesetFile() {}

    /**
     * Reads a ruleset document or a list of flags.
     *
     * @throws IOException if the file cannot be read; the message names the file and the cause
     * @throws InvalidRulesetException if the file is neither
     */
    static CheckedRuleset read(String file) throws IOException {
        // Exceptions of Files.newInputStream name the file, but not the cause.
        try (InputStream in = new FileInputStream(file)) {
            return read(in);
        }
    }

    /** Like {@link #read(String)}, from a stream. */
    static CheckedRuleset read(InputStream in) throws IOException {
        return CheckedRuleset.ofDocumentOrFlags(RulesetText.decode(in.readAllBytes()));
    }

    /** Formats a problem as one line: {@code error: flags[3].segments: is required}. */
    static String line(Problem problem) {
        return printable(problem.severity().text() + ": " + problem.path() + ": " + problem.reason());
    }

    /** Escapes control characters: keys may contain line feeds and terminal escape sequences. */
    private static String printable(String text) {
        StringBuilder printable = new StringBuilder(text.length());
        text.chars().forEach(c -> {
            if (Character.isISOControl(c)) {
                printable.append(String.format("\\u%04x", c));
            } else {
                printable.append((char) c);
            }
        });
        return printable.toString();
    }
}
