package io.variate.management.translation;

import io.variate.json.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A compiled resource. Immutable.
 *
 * @param definition the JSON of the row, or null if the resource has none: because it is archived, or the project without a
 *     name
 * @param problems errors make the definition unusable, warnings mark what may not be intended; paths are those of the
 *     fields of the resource, such as {@code targetSegments[0].conditions[1].prop}
 */
public record Compilation(@Nullable String definition, List<Problem> problems) {
    public Compilation {
        problems = List.copyOf(problems);
    }

    /** Whether a problem is an error. */
    public boolean hasErrors() {
        return problems.stream().anyMatch(Problem::isError);
    }
}
