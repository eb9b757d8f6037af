package io.variate.rulesets.document;

import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Flags that were read before. A flag with an equal definition is not read again, and keeps its instance, by which everything
 * that is derived from it is kept as well. Implementations are thread-safe.
 */
@FunctionalInterface
public interface KnownFlags {
    /** No flags. */
    KnownFlags NONE = (project, key, definition) -> null;

    /**
     * Finds a flag.
     *
     * @param project the key of the project
     * @param definition the JSON text of the flag as stored
     * @return the flag with this key and an equal definition in this project, or null
     */
    @Nullable
    DefinedFlag find(String project, String key, String definition);

    /** These flags, and the ones of another source where these have none. */
    default KnownFlags or(KnownFlags others) {
        return (project, key, definition) -> {
            DefinedFlag found = find(project, key, definition);
            return found == null ? others.find(project, key, definition) : found;
        };
    }

    /** The flags of a document. */
    static KnownFlags of(RulesetDocument document) {
        Map<String, Map<String, DefinedFlag>> byProject = new HashMap<>();
        for (ProjectDocument project : document.projects()) {
            Map<String, DefinedFlag> byKey = new HashMap<>();
            project.flags().forEach(flag -> byKey.put(flag.flag().key(), flag));
            byProject.put(project.key(), byKey);
        }
        return (project, key, definition) -> {
            DefinedFlag found = byProject.getOrDefault(project, Map.of()).get(key);
            return found != null && found.definition().equals(definition) ? found : null;
        };
    }
}
