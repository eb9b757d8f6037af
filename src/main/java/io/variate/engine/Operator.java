package io.variate.engine;

import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a condition does with the property it selects, its filter values included. Immutable. */
sealed interface Operator {

    boolean holds(Object property);

    /** Whether it holds for a property that is null or missing. */
    boolean holdsForNull();

    /** Tests a property as text; of a list, one element that passes is enough, for negated tests too. */
    record OnText(TextTest test, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Object property) {
            Collection<?> elements = ListForm.of(property);
            return elements == null ? test.test(TextForm.of(property)) : holdsForAny(elements);
        }

        private boolean holdsForAny(Collection<?> elements) {
            for (Object element : elements) {
                if (element != null && test.test(TextForm.of(element))) {
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
    record UntilFailure(TextTest test, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Object property) {
            Collection<?> elements = ListForm.of(property);
            if (elements == null) {
                return test.test(TextForm.of(property));
            }
            for (Object element : elements) {
                if (element != null) {
                    return test.test(TextForm.of(element));
                }
            }
            return false;
        }
    }

    /** Tests a property that is a list as a set of texts; false for all others, negated or not. */
    record OnSet(SetTest test, boolean negated, boolean holdsForNull) implements Operator {
        @Override
        public boolean holds(Object property) {
            Collection<?> elements = ListForm.of(property);
            return elements != null && test.test(elements) != negated;
        }
    }

    record Never() implements Operator {
        @Override
        public boolean holds(Object property) {
            return false;
        }

        @Override
        public boolean holdsForNull() {
            return false;
        }
    }

    /** A test of the elements of a list. */
    sealed interface SetTest {
        boolean test(Collection<?> elements);
    }

    record EqualsSet(Set<String> values) implements SetTest {
        @Override
        public boolean test(Collection<?> elements) {
            return ListForm.texts(elements).equals(values);
        }
    }

    record ContainsAll(Set<String> values) implements SetTest {
        @Override
        public boolean test(Collection<?> elements) {
            Set<String> texts = ListForm.texts(elements);
            if (texts.size() < values.size()) {
                return false;
            }
            for (String value : values) {
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
        public boolean test(Collection<?> elements) {
            for (@Nullable Object element : elements) {
                if (element != null && values.include(TextForm.of(element))) {
                    return true;
                }
            }
            return false;
        }
    }
}
