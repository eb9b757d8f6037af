package io.variate.engine.model;

import io.variate.json.Problem;
import java.util.List;

/** What came of reading a flag from a JSON tree. */
public sealed interface FlagReading {

    /** The flag is well-formed. */
    record Accepted(Flag flag) implements FlagReading {}

    /**
     * The flag cannot be used.
     *
     * @param problems everything that is wrong with its form, at least one
     */
    record Rejected(List<Problem> problems) implements FlagReading {
        public Rejected {
            problems = List.copyOf(problems);
        }
    }
}
