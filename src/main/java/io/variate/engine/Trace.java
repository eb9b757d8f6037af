package io.variate.engine;

import io.variate.engine.operators.Property;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Notes what happens while one flag is evaluated. Used once, by one thread. */
final class Trace {

    /**
     * A condition that was tested.
     *
     * @param alternative index of the list it is in
     * @param index in that list
     * @param seen the value it is about, or null if there is none
     */
    record Test(int alternative, int index, @Nullable Object seen, boolean held) {}

    /** What happened at one segment. */
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

    /** The segments that were reached, in order. */
    List<Visit> visits() {
        return visits;
    }

    void reachedSegment() {
        visits.add(new Visit());
    }

    void tested(int alternative, int index, @Nullable Property property, boolean held) {
        current().tests.add(new Test(alternative, index, property == null ? null : property.value(), held));
    }

    void drew(Explanation.Draw draw) {
        current().draw = draw;
    }

    private Visit current() {
        return visits.get(visits.size() - 1);
    }
}
