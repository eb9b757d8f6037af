package io.variate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Documents, settings and cluster files use the field's terms: a list of phrases that need decoding, with better ones. */
class WordingTest {
    private static final List<Path> SCANNED = List.of(
            Path.of("README.md"),
            Path.of("Dockerfile"),
            Path.of("conf"),
            Path.of("cluster"),
            Path.of("src/docs"),
            Path.of(".ci"),
            Path.of(".github"));

    private static final Pattern TEXT =
            Pattern.compile(".*(\\.(md|yaml|yml|json|cfg|xml|sh|example)|Dockerfile|/\\.ci/[a-z]+)");

    private static final List<Phrase> PHRASES = List.of(
            new Phrase("house|rooms|arrows", "architecture, packages, dependencies"),
            new Phrase("(go|goes|going|went) on", "keeps serving, continues"),
            new Phrase("tells?|told|telling", "reports, returns, notifies"),
            new Phrase("says", "reports, states, logs"),
            new Phrase("(is|are|was|were|be|both) (away|gone)", "is unavailable, is down"),
            new Phrase("somebody|nobody|everybody|whoever|whom", "the client, the caller, the listener"),
            new Phrase("lines of JSON", "newline-delimited JSON"),
            new Phrase("dear", "expensive"),
            new Phrase("(the|on the|go the) way of", "the request path, the same route as"),
            new Phrase("(brings?|brought) (its|their|the|all) events", "delivers events"),
            new Phrase("(give|gives|gave|given|giving) (up|way)", "times out, is considered dead, is dropped"),
            new Phrase("anew", "again, is recreated"),
            new Phrase("stays? behind|owe|owes|owed", "is behind, is outstanding"),
            new Phrase("under way", "in flight"),
            new Phrase("(look|looks|looked|looking) (at|after)", "checks, maintains"),
            new Phrase("(is|are) whole again", "heals"),
            new Phrase("books", "ledger, counters"),
            new Phrase("refuses? for good", "rejects permanently"),
            new Phrase("workplace", "reusable scratch space"),
            new Phrase("those that", "the noun"),
            new Phrase("those (it|they) hears?", "nodes that have announced themselves recently"),
            new Phrase("(has|have) to do with", "concerns"),
            new Phrase("deaf|deafen", "unsubscribe"));

    @Test
    void documentsUseTheTermsOfTheField() throws IOException {
        List<String> found = new ArrayList<>();
        List<Path> files = Documents.filesBelow(SCANNED)
                .filter(file -> TEXT.matcher("/" + file).matches())
                .toList();
        for (Path file : files) {
            String text = Files.readString(file);
            for (Phrase phrase : PHRASES) {
                for (Matcher match = phrase.words().matcher(text); match.find(); ) {
                    found.add(file + ":" + lineOf(text, match.start()) + ": \"" + match.group() + "\"; write: "
                            + phrase.better());
                }
            }
        }

        assertThat(files).hasSizeGreaterThan(40);
        assertThat(found).isEmpty();
    }

    private static long lineOf(String text, int position) {
        return 1
                + text.substring(0, position)
                        .chars()
                        .filter(each -> each == '\n')
                        .count();
    }

    /**
     * Words to avoid.
     *
     * @param better what to write instead
     */
    private record Phrase(Pattern words, String better) {
        Phrase(String words, String better) {
            this(Pattern.compile("\\b(" + words + ")\\b", Pattern.CASE_INSENSITIVE), better);
        }
    }
}
