package io.variate.management;

import io.variate.management.model.ResourceKind;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The present resource that a write names. */
record Target(Set<ResourceKind> kinds, long id, @Nullable Long baseVersion) {

    /** @throws IllegalArgumentException for a write that creates a resource */
    static Target of(Write write) {
        if (write instanceof Write.Edit edit) {
            return new Target(edit.kinds(), edit.id(), edit.baseVersion());
        }
        if (write instanceof Write.Delete delete) {
            return new Target(delete.kinds(), delete.id(), delete.baseVersion());
        }
        if (write instanceof Write.Revert revert) {
            return new Target(revert.kinds(), revert.id(), revert.baseVersion());
        }
        if (write instanceof Write.Adopt adopt) {
            return new Target(adopt.kinds(), adopt.id(), adopt.baseVersion());
        }
        if (write instanceof Write.Copy copy) {
            return new Target(copy.kinds(), copy.id(), null);
        }
        throw new IllegalArgumentException("names no present resource");
    }
}
