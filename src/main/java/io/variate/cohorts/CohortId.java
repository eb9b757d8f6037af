package io.variate.cohorts;

import org.jspecify.annotations.Nullable;

/**
 * Identifies an uploaded cohort: cohort ids are unique in a project.
 *
 * <p>Its text form is the key in the database, in messages between nodes and in the names of files: the id itself for the
 * unnamed project, so that these stay as they were before there were projects, and {@code <project>U+001F<id>} for a named
 * one. Earlier releases hold such cohorts and never look them up.
 *
 * @param project key of the project; empty for the unnamed project
 * @param id unique in the project
 */
public record CohortId(String project, String id) {
    /** The project without a name. */
    private static final String UNNAMED = "";

    /** The information separator of ASCII for units. */
    private static final char SEPARATOR = '\u001F';

    /** @throws IllegalArgumentException if the id or the key of the project {@linkplain #isAllowed is not allowed} */
    public CohortId {
        if (!isAllowed(id) || !isAllowed(project)) {
            throw new IllegalArgumentException("cohort ids and project keys must not contain U+001F");
        }
    }

    /** Whether a text can be the id of an uploaded cohort or the key of a project with uploaded cohorts. */
    public static boolean isAllowed(String text) {
        return text.indexOf(SEPARATOR) < 0;
    }

    /** Reads the text form; returns null if the text is none. */
    static @Nullable CohortId parse(String text) {
        int separator = text.indexOf(SEPARATOR);
        if (separator < 0) {
            return new CohortId(UNNAMED, text);
        }
        boolean isValid = separator > 0 && separator + 1 < text.length() && isAllowed(text.substring(separator + 1));
        return isValid ? new CohortId(text.substring(0, separator), text.substring(separator + 1)) : null;
    }

    boolean isOfUnnamedProject() {
        return project.isEmpty();
    }

    /** The text form. */
    String text() {
        return isOfUnnamedProject() ? id : project + SEPARATOR + id;
    }

    /** For logs and errors, not for machines: {@code <project>/<id>}. */
    @Override
    public String toString() {
        return isOfUnnamedProject() ? id : project + "/" + id;
    }
}
