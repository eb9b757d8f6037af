package io.variate.engine.model;

import io.variate.json.Problem;
import java.util.List;

/** The outcome of reading a flag from a JSON tree. */
public sealed interface FlagReading {

    /** The flag is well-formed. */
    record Accepted(Flag flag) implements FlagReading {}

    /**
     * The flag is malformed.
     *
     * @param problems all problems of its form, at least one
     */
    record Rejected(List<Problem> problems) implements FlagReading {
        public Rejected {
            problems = List.copyOf(problems);
        }
    }
}
