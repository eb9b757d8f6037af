package io.variate.commandline;

import io.variate.json.Problem;
import io.variate.rulesets.document.CheckedRuleset;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.document.RulesetText;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;

/** Rulesets in files: how they are read, and how their problems are told. */
final class RulesetFile {
    private RulesetFile() {}

    /**
     * Reads a ruleset document or a list of flags.
     *
     * @throws IOException if the file cannot be read, with a message for people
     * @throws InvalidRulesetException if the file holds neither
     */
    static CheckedRuleset read(String file) throws IOException {
        // Not Files.newInputStream, whose exceptions name the file but not what is wrong with it.
        try (InputStream in = new FileInputStream(file)) {
            return read(in);
        }
    }

    /** As {@link #read(String)}, from a stream. */
    static CheckedRuleset read(InputStream in) throws IOException {
        return CheckedRuleset.ofDocumentOrFlags(RulesetText.decode(in.readAllBytes()));
    }

    /** The problem as one line: {@code error: flags[3].segments: is required}. */
    static String line(Problem problem) {
        String severity = problem.severity().name().toLowerCase(Locale.ROOT);
        return printable(severity + ": " + problem.path() + ": " + problem.reason());
    }

    /** Keys may hold line feeds, and codes that terminals obey. */
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
