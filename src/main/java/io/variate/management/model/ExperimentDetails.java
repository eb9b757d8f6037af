package io.variate.management.model;

import io.variate.json.Tree;
import org.jspecify.annotations.Nullable;

/**
 * What an experiment has beyond a flag. Deeply immutable.
 *
 * @param type {@code a-b-test}, {@code multi-arm-bandit} or a name of an earlier release of Amplitude
 * @param sticky whether users keep the variant that their property {@code [Experiment] key} names
 * @param state {@code planning}, {@code running} or {@code decision-made}
 * @param startDate ISO 8601, a date or a time, or null; it starts nothing
 * @param endDate as startDate
 * @param decision {@code rollout}, {@code rollback}, {@code continue-running} or null
 * @param decisionReason for people, or null
 * @param rolledOutVariant the key or name of a variant, or null
 * @param exposureEvent an analytics definition, kept as written, or null
 * @param run the number in {@code experimentKey}, from 1
 */
public record ExperimentDetails(
        String type,
        boolean sticky,
        String state,
        @Nullable String startDate,
        @Nullable String endDate,
        @Nullable String decision,
        @Nullable String decisionReason,
        @Nullable String rolledOutVariant,
        @Nullable Object exposureEvent,
        long run) {
    public static final String A_B_TEST = "a-b-test";
    public static final String PLANNING = "planning";
    public static final String RUNNING = "running";
    public static final String DECIDED = "decision-made";

    /** A new experiment. */
    public static final ExperimentDetails PLANNED =
            new ExperimentDetails(A_B_TEST, false, PLANNING, null, null, null, null, null, null, 1);

    public ExperimentDetails {
        exposureEvent = Tree.copyOf(exposureEvent);
    }

    public ExperimentDetails withState(String changed) {
        return new ExperimentDetails(
                type,
                sticky,
                changed,
                startDate,
                endDate,
                decision,
                decisionReason,
                rolledOutVariant,
                exposureEvent,
                run);
    }

    public ExperimentDetails withSticky(boolean changed) {
        return new ExperimentDetails(
                type,
                changed,
                state,
                startDate,
                endDate,
                decision,
                decisionReason,
                rolledOutVariant,
                exposureEvent,
                run);
    }

    /** The next run: without a decision, and with new dates. */
    public ExperimentDetails nextRun(@Nullable String start) {
        return new ExperimentDetails(type, sticky, PLANNING, start, null, null, null, null, exposureEvent, run + 1);
    }
}
