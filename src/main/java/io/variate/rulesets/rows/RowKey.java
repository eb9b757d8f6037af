package io.variate.rulesets.rows;

/**
 * The identity of a row.
 *
 * @param kind the kind of the row
 * @param project the project; empty for the unnamed one
 * @param key unique in its kind and project; of a deployment it is the credential, so it is never printed; of a project it
 *     is empty
 */
public record RowKey(RowKind kind, String project, String key) {

    /** Whether rows of the kind have secret keys. */
    private boolean isSecret() {
        return kind == RowKind.DEPLOYMENT;
    }

    @Override
    public String toString() {
        return kind.table() + "[" + (project.isEmpty() ? "" : project + "/") + (isSecret() ? "***" : key) + "]";
    }
}
