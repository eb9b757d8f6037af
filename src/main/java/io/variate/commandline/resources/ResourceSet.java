package io.variate.commandline.resources;

import io.variate.management.model.ResourceKind;

/** The collections of resources that files can hold, in the order in which resources may refer to earlier ones. */
enum ResourceSet {
    DEPLOYMENTS("deployments", ResourceKind.DEPLOYMENT),
    FLAGS("flags", ResourceKind.FLAG),
    EXPERIMENTS("experiments", ResourceKind.EXPERIMENT),
    HOLDOUTS("holdouts", ResourceKind.HOLDOUT),
    MUTEXES("mutexes", ResourceKind.MUTEX);

    private final String path;
    private final ResourceKind kind;

    ResourceSet(String path, ResourceKind kind) {
        this.path = path;
        this.kind = kind;
    }

    /** The name of the directory, and of the collection in the API. */
    String path() {
        return path;
    }

    ResourceKind kind() {
        return kind;
    }

    static ResourceSet of(ResourceKind kind) {
        for (ResourceSet each : values()) {
            if (each.kind == kind) {
                return each;
            }
        }
        throw new IllegalArgumentException("no collection has resources of kind " + kind);
    }
}
