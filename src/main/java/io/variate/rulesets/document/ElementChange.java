package io.variate.rulesets.document;

import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import org.jspecify.annotations.Nullable;

/**
 * A change of one element of a ruleset: a project, a deployment, a flag or a cohort. Immutable.
 *
 * @param project the project of the element; empty for the project without a name
 * @param key the key of the row: of a deployment its credential, of a cohort its id, of a project empty
 * @param definition the JSON text of the element as in a ruleset document, or null to remove it
 * @param path the path that the problems of this element start with; may be empty
 */
public record ElementChange(
        RowKind kind, String project, String key, @Nullable String definition, String path) {

    RowKey rowKey() {
        return new RowKey(kind, project, key);
    }

    /** Without the definition, which may hold secrets. */
    @Override
    public String toString() {
        return (definition == null ? "remove " : "put ") + rowKey();
    }
}
