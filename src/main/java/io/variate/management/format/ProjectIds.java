package io.variate.management.format;

/** Projects in JSON: {@code projectId} is the key of the project, and {@code 1} for the project without a name. */
public final class ProjectIds {
    private static final String UNNAMED = "1";

    private ProjectIds() {}

    /** The id of a project with a key, which may be empty. */
    public static String of(String project) {
        return project.isEmpty() ? UNNAMED : project;
    }

    /** The key of the project with an id. */
    public static String project(String id) {
        return id.equals(UNNAMED) ? "" : id;
    }
}
