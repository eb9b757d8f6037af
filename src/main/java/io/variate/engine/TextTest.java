package io.variate.engine;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** A test of one text, made ready once and run for every user. Immutable. */
sealed interface TextTest {

    boolean test(String text);

    record Not(TextTest inner) implements TextTest {
        @Override
        public boolean test(String text) {
            return !inner.test(text);
        }
    }

    record Is(FilterValues values) implements TextTest {
        @Override
        public boolean test(String text) {
            return values.include(text);
        }
    }

    /**
     * Ignores case.
     *
     * @param parts in lower case
     */
    record Contains(List<String> parts) implements TextTest {
        @Override
        public boolean test(String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            for (int i = 0; i < parts.size(); i++) {
                if (lower.contains(parts.get(i))) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Ends in {@link SteppedText.Exhausted} if a pattern backtracks without end. */
    record Matches(List<Pattern> patterns) implements TextTest {
        @Override
        public boolean test(String text) {
            for (int i = 0; i < patterns.size(); i++) {
                if (patterns.get(i).matcher(new SteppedText(text)).matches()) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Compares texts as texts, by UTF-16 code unit. */
    record InTextOrder(Relation relation, String bound) implements TextTest {
        @Override
        public boolean test(String text) {
            return relation.holds(text.compareTo(bound));
        }
    }

    /** Compares numbers, and leaves texts that are no numbers to another test. */
    record InNumberOrder(Relation relation, double bound, TextTest otherwise) implements TextTest {
        @Override
        public boolean test(String text) {
            return NumberText.isNumber(text)
                    ? relation.holds(Double.compare(Double.parseDouble(text), bound))
                    : otherwise.test(text);
        }
    }

    /** Compares versions, and leaves texts that are no versions to another test. */
    record InVersionOrder(Relation relation, Version bound, TextTest otherwise) implements TextTest {
        @Override
        public boolean test(String text) {
            Version version = Version.parse(text);
            return version != null ? relation.holds(version.compareTo(bound)) : otherwise.test(text);
        }
    }

    record Never() implements TextTest {
        @Override
        public boolean test(String text) {
            return false;
        }
    }
}
