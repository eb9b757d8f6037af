package io.variate.management.translation;

import io.variate.management.model.Resource;

/** What an evaluation flag is as a resource. */
public sealed interface Decompilation {

    /**
     * A flag or a group that compiles to the same evaluation flag.
     *
     * @param flagVersion the version in the metadata of the evaluation flag
     */
    record Managed(Resource resource, long flagVersion) implements Decompilation {}

    /**
     * No resource compiles to the flag, so it is kept as written.
     *
     * @param reason one sentence without a period at its end
     */
    record Raw(String reason) implements Decompilation {}
}
