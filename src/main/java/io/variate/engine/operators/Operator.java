package io.variate.engine.operators;

import io.variate.engine.patterns.AbandonedMatch;
import io.variate.engine.patterns.PatternMatching;
import java.util.List;
import java.util.Set;

/** A compiled operator with its filter values. Immutable. */
public sealed interface Operator {

    /**
     * Whether the operator holds for a property that is present.
     *
     * @throws AbandonedMatch if a pattern exhausts its budget
     */
    boolean holds(Property property, PatternMatching patterns);

    /** Whether the operator holds for a property that is null or missing. */
    boolean holdsForNull();

    /**
     * Applies a predicate to the text of a property. A list matches if one element does, also for negated predicates.
     */
    record OnText(TextPredicate predicate, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Property property, PatternMatching patterns) {
            ListForm list = property.list();
            return list == null ? predicate.test(property, patterns) : holdsForAny(list, patterns);
        }

        private boolean holdsForAny(ListForm list, PatternMatching patterns) {
            for (Property element : list.elements()) {
                if (predicate.test(element, patterns)) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Applies a predicate to the first text only. This is the semantics of an invalid pattern: the operator fails once
     * it reaches the pattern, and then nothing holds.
     */
    record FirstTextOnly(TextPredicate predicate, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Property property, PatternMatching patterns) {
            ListForm list = property.list();
            if (list == null) {
                return predicate.test(property, patterns);
            }
            Property[] elements = list.elements();
            return elements.length > 0 && predicate.test(elements[0], patterns);
        }
    }

    /** Applies a predicate to a list as a set of texts. The operator never holds for other values, negated or not. */
    record OnSet(SetPredicate predicate, boolean negated, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Property property, PatternMatching patterns) {
            ListForm list = property.list();
            return list != null && predicate.test(list) != negated;
        }
    }

    record Never() implements Operator {
        @Override
        public boolean holds(Property property, PatternMatching patterns) {
            return false;
        }

        @Override
        public boolean holdsForNull() {
            return false;
        }
    }

    /** A predicate on a list. */
    sealed interface SetPredicate {
        boolean test(ListForm list);
    }

    record EqualsSet(Set<String> values) implements SetPredicate {
        @Override
        public boolean test(ListForm list) {
            return list.texts().equals(values);
        }
    }

    record ContainsAll(List<String> values) implements SetPredicate {
        @Override
        public boolean test(ListForm list) {
            Set<String> texts = list.texts();
            if (texts.size() < values.size()) {
                return false;
            }
            for (int i = 0; i < values.size(); i++) {
                String value = values.get(i);
                if (!texts.contains(value) && !BooleanWord.of(value).isAmong(texts)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Whether a filter value is among the elements; tested as whether an element is among the filter values. */
    record ContainsAny(FilterValues values) implements SetPredicate {
        @Override
        public boolean test(ListForm list) {
            return values.containsAnyOf(list);
        }
    }
}
