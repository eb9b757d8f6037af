package io.variate.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts the events that the naive interpreter reports in random tests. A property test that never reaches a case
 * proves nothing about it.
 */
final class Coverage {

    /** Fewer events than this may be luck. */
    private static final int OFTEN = 25;

    private static final List<String> OUTCOMES = List.of(
            "flag: nothing",
            "flag: variant",
            "segment: no match",
            "segment: match without variant",
            "segment: variant",
            "bucket: none",
            "bucket: no value",
            "bucket: nothing",
            "bucket: allocation only",
            "bucket: distribution",
            "order: by value",
            "order: value is a text",
            "order: bounds are texts",
            "regex match: invalid pattern",
            "regex does not match: invalid pattern",
            "glob match: false");

    private final Map<String, Integer> counts = new HashMap<>();

    void count(String event) {
        counts.merge(event, 1, Integer::sum);
    }

    void requireEverything() {
        OUTCOMES.forEach(this::requireOften);
        for (String operator : Samples.OPERATORS) {
            requireOften(operator + " of null");
            requireOften(operator + " of a list");
            requireOften(operator + (operator.startsWith("set ") ? " of no list" : " of a text"));
            int holds = of(operator + ": true");
            assertThat(100 * holds / (holds + of(operator + ": false")))
                    .as("percentage of conditions that hold, for " + operator)
                    .isBetween(25, 75);
        }
    }

    private void requireOften(String event) {
        assertThat(of(event)).as(event).isGreaterThan(OFTEN);
    }

    private int of(String event) {
        return counts.getOrDefault(event, 0);
    }
}
