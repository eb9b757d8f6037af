package io.variate.engine.operators;

import io.variate.engine.model.Relation;
import io.variate.engine.patterns.AbandonedMatch;
import io.variate.engine.patterns.BoundedPattern;
import io.variate.engine.patterns.PatternMatching;
import java.util.List;

/** A test of the text of one property, made ready once and run for every user. Immutable. */
sealed interface TextPredicate {

    boolean test(Property property, PatternMatching patterns);

    record Not(TextPredicate inner) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            return !inner.test(property, patterns);
        }
    }

    record Is(FilterValues values) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            return values.include(property.text());
        }
    }

    /**
     * Ignores case.
     *
     * @param parts in lower case
     */
    record Contains(List<String> parts) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            String lower = property.lowerCase();
            for (int i = 0; i < parts.size(); i++) {
                if (lower.contains(parts.get(i))) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Ends in {@link AbandonedMatch} if a pattern backtracks without end. */
    record Matches(List<BoundedPattern> anyOf) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            for (int i = 0; i < anyOf.size(); i++) {
                if (patterns.matches(anyOf.get(i), property.text())) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Compares texts as texts, by UTF-16 code unit. */
    record InTextOrder(Relation relation, String bound) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            return relation.holds(property.text().compareTo(bound));
        }
    }

    /** Compares numbers, and leaves texts that are no numbers to another test. */
    record InNumberOrder(Relation relation, double bound, TextPredicate otherwise) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            ParsedNumber number = property.number();
            return number.isNumber()
                    ? relation.holds(Double.compare(number.value(), bound))
                    : otherwise.test(property, patterns);
        }
    }

    /** Compares versions, and leaves texts that are no versions to another test. */
    record InVersionOrder(Relation relation, Version bound, TextPredicate otherwise) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            Version version = property.version().version();
            return version != null ? relation.holds(version.compareTo(bound)) : otherwise.test(property, patterns);
        }
    }

    record Never() implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            return false;
        }
    }
}
