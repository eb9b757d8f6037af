package io.variate.engine;

import io.variate.engine.operators.Property;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records the evaluation of one flag for an explanation. Single use, by one thread. */
final class Trace {

    /**
     * A tested condition.
     *
     * @param alternative the index of its list
     * @param index the index in that list
     * @param seen the selected value, or null if there is none
     */
    record Test(int alternative, int index, @Nullable Object seen, boolean held) {}

    /** The tests and the bucketing of one segment. */
    static final class Visit {
        private final List<Test> tests = new ArrayList<>();
        private Explanation.@Nullable Draw draw;

        List<Test> tests() {
            return tests;
        }

        Explanation.@Nullable Draw draw() {
            return draw;
        }
    }

    private final List<Visit> visits = new ArrayList<>();

    /** The segments reached, in order. */
    List<Visit> visits() {
        return visits;
    }

    void enterSegment() {
        visits.add(new Visit());
    }

    void recordTest(int alternative, int index, @Nullable Property property, boolean held) {
        current().tests.add(new Test(alternative, index, property == null ? null : property.value(), held));
    }

    void recordDraw(Explanation.Draw draw) {
        current().draw = draw;
    }

    private Visit current() {
        return visits.get(visits.size() - 1);
    }
}
