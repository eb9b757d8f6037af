package io.variate.engine.operators;

import io.variate.engine.patterns.AbandonedMatch;
import io.variate.engine.patterns.PatternMatching;
import java.util.List;
import java.util.Set;

/** What a condition does with the property it selects, its filter values included. Immutable. */
public sealed interface Operator {

    /**
     * Whether it holds for a property that is there.
     *
     * @throws AbandonedMatch if a pattern gives up
     */
    boolean holds(Property property, PatternMatching patterns);

    /** Whether it holds for a property that is null or missing. */
    boolean holdsForNull();

    /** Tests a property as text; of a list, one element that passes is enough, for negated tests too. */
    record OnText(TextPredicate test, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Property property, PatternMatching patterns) {
            ListForm list = property.list();
            return list == null ? test.test(property, patterns) : holdsForAny(list, patterns);
        }

        private boolean holdsForAny(ListForm list, PatternMatching patterns) {
            for (Property element : list.elements()) {
                if (test.test(element, patterns)) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Tests a property whose first text either passes or makes the operator fail for good, as an invalid pattern does
     * once it is reached; then nothing holds.
     */
    record UntilFailure(TextPredicate test, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Property property, PatternMatching patterns) {
            ListForm list = property.list();
            if (list == null) {
                return test.test(property, patterns);
            }
            Property[] elements = list.elements();
            return elements.length > 0 && test.test(elements[0], patterns);
        }
    }

    /** Tests a property that is a list as a set of texts; false for all others, negated or not. */
    record OnSet(SetTest test, boolean negated, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Property property, PatternMatching patterns) {
            ListForm list = property.list();
            return list != null && test.test(list) != negated;
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

    /** A test of a list. */
    sealed interface SetTest {
        boolean test(ListForm list);
    }

    record EqualsSet(Set<String> values) implements SetTest {
        @Override
        public boolean test(ListForm list) {
            return list.texts().equals(values);
        }
    }

    record ContainsAll(List<String> values) implements SetTest {
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

    /** Whether an element is among the filter values, which is the same as the other way round. */
    record ContainsAny(FilterValues values) implements SetTest {
        @Override
        public boolean test(ListForm list) {
            return values.includeAnyOf(list);
        }
    }
}
