package io.variate.engine.operators;

import io.variate.engine.patterns.AbandonedMatch;
import io.variate.engine.patterns.BoundedPattern;
import io.variate.engine.patterns.PatternMatching;
import java.util.List;

/** A compiled predicate on the text of a property. Immutable. */
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
            return values.contains(property.text());
        }
    }

    /**
     * Ignores case.
     *
     * @param parts the substrings, in lower case
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

    /** Throws {@link AbandonedMatch} if a pattern exhausts its budget. */
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

    /** Compares texts by UTF-16 code unit. */
    record InTextOrder(Relation relation, String bound) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            return relation.holds(property.text().compareTo(bound));
        }
    }

    /** Compares numbers; other texts fall through to another predicate. */
    record InNumberOrder(Relation relation, double bound, TextPredicate otherwise) implements TextPredicate {
        @Override
        public boolean test(Property property, PatternMatching patterns) {
            ParsedNumber number = property.number();
            return number.isNumber()
                    ? relation.holds(Double.compare(number.value(), bound))
                    : otherwise.test(property, patterns);
        }
    }

    /** Compares versions; other texts fall through to another predicate. */
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
