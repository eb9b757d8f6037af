package io.variate.management;

import io.variate.json.Problem;
import io.variate.store.StoredAnswer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a write. Immutable.
 *
 * @param resources one for each write, in their order, as it is after all of them; for a deletion as it was before
 * @param revision the new revision of the ruleset, or null if no row changed. Usually served by this node already
 * @param warnings what is valid but may not be intended
 * @param changes one for each resource that changed, also those that another one changed
 * @param earlier the answer to the first request with this {@code Idempotency-Key}, or null if this was the first. All
 *     lists are empty beside an earlier answer
 */
public record Outcome(
        List<Stored> resources,
        @Nullable Long revision,
        List<Problem> warnings,
        List<Change> changes,
        @Nullable StoredAnswer earlier) {

    public Outcome {
        resources = List.copyOf(resources);
        warnings = List.copyOf(warnings);
        changes = List.copyOf(changes);
    }

    static Outcome repeated(StoredAnswer earlier) {
        return new Outcome(List.of(), null, List.of(), List.of(), earlier);
    }
}
