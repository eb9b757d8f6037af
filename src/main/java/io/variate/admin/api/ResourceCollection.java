package io.variate.admin.api;

import io.variate.management.RejectedWriteException;
import io.variate.management.model.ResourceKind;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The collections of resources, by their names in paths. */
enum ResourceCollection {
    FLAGS("flags", ResourceKind.FLAG),
    EXPERIMENTS("experiments", ResourceKind.EXPERIMENT),
    MUTEXES("mutexes", ResourceKind.MUTEX),
    HOLDOUTS("holdouts", ResourceKind.HOLDOUT),
    DEPLOYMENTS("deployments", ResourceKind.DEPLOYMENT),
    PROJECTS("projects", ResourceKind.PROJECT);

    /** Collections with variants, inclusions and deployments. */
    static final List<ResourceCollection> WITH_VARIANTS = List.of(FLAGS, EXPERIMENTS);

    /** Collections whose resources become flags of the ruleset. */
    static final List<ResourceCollection> WITH_VERSIONS = List.of(FLAGS, EXPERIMENTS, MUTEXES, HOLDOUTS);

    private static final int MOST_DIGITS = 18;

    /** Negative numbers stand for resources that the same batch creates. */
    private static final Pattern ID = Pattern.compile("-?[1-9][0-9]*");

    private final String path;
    private final ResourceKind kind;

    ResourceCollection(String path, ResourceKind kind) {
        this.path = path;
        this.kind = kind;
    }

    /** The collection of a kind. */
    static ResourceCollection of(ResourceKind kind) {
        for (ResourceCollection each : values()) {
            if (each.kind == kind) {
                return each;
            }
        }
        throw new IllegalArgumentException("no collection has resources of kind " + kind);
    }

    /** The name in paths and in the JSON of lists. */
    String path() {
        return path;
    }

    ResourceKind kind() {
        return kind;
    }

    Set<ResourceKind> kinds() {
        return Set.of(kind);
    }

    /**
     * Reads the id of a resource from a path.
     *
     * @throws RejectedWriteException with 404 if no resource can have it
     */
    long id(String text) {
        if (text.length() <= MOST_DIGITS && ID.matcher(text).matches()) {
            return Long.parseLong(text);
        }
        throw new RejectedWriteException(404, "unknown_" + kind.text(), "no " + kind.text() + " has this id", null);
    }
}
