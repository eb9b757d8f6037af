package io.variate.rulesets.document;

import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Flags that were read and compiled before. A flag with an equal definition is neither read nor compiled again, and keeps its
 * instance, by which everything that is derived from it is kept as well. Implementations are thread-safe.
 */
@FunctionalInterface
public interface KnownFlags {
    /** No flags. */
    KnownFlags NONE = key -> null;

    /** The known flags of a project, or null. */
    @Nullable
    KnownProject project(String key);

    /** The ids of the uploaded cohorts of a project, which a ruleset does not contain; none if they are not known. */
    default Set<String> uploadedCohorts(String project) {
        return Set.of();
    }

    /**
     * Finds a flag.
     *
     * @param project the key of the project
     * @param definition the JSON text of the flag as stored
     * @return the flag with this key and an equal definition in this project, or null
     */
    default @Nullable DefinedFlag find(String project, String key, String definition) {
        KnownProject known = project(project);
        return known == null ? null : known.find(key, definition);
    }
}
