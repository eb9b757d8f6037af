package io.variate.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The flags and experiments of a project at one moment, without their summaries. Immutable.
 *
 * @param exists whether the project has any resource
 * @param elements newest change first
 * @param fingerprint of the versions of all flags, experiments and groups of the project
 * @param lastEvaluated when any flag of the project was last evaluated; null if never, or unknown
 * @param countedSince when the counting of evaluations started
 */
public record SummaryIndex(
        boolean exists,
        List<Element> elements,
        long fingerprint,
        @Nullable Instant lastEvaluated,
        Instant countedSince) {

    public SummaryIndex {
        elements = List.copyOf(elements);
    }

    /**
     * A flag or an experiment.
     *
     * @param id of the resource
     * @param bytes of its summary; negative if the summary of its version is missing
     */
    public record Element(long id, int bytes) {}

    /** Whether a summary is missing. */
    public boolean isIncomplete() {
        return elements.stream().anyMatch(element -> element.bytes() < 0);
    }
}
