package io.variate.management;

import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rejections that several rules share. */
final class Rejections {
    private Rejections() {}

    /** Does not tell the id of a project, which only a project that the caller may not know has. */
    static RejectedWriteException unknown(Set<ResourceKind> kinds, long id) {
        if (kinds.equals(Set.of(ResourceKind.PROJECT))) {
            return new RejectedWriteException(404, "unknown_project", "there is no such project", null);
        }
        String kind =
                kinds.stream().sorted().map(ResourceKind::text).findFirst().orElse("resource");
        return new RejectedWriteException(404, "unknown_" + kind, "there is no " + kind + " with the id " + id, null);
    }

    /** Does not tell whether the project exists, which the caller may not know. */
    static RejectedWriteException unknownProject() {
        return new RejectedWriteException(404, "unknown_project", "there is no such project", "projectId");
    }

    static RejectedWriteException forbidden(String what) {
        return new RejectedWriteException(403, "forbidden", "the token may not " + what, null);
    }

    static RejectedWriteException inUse(String message) {
        return new RejectedWriteException(409, "in_use", message, null);
    }

    static RejectedWriteException keyTaken(Resource resource) {
        boolean isSecret = resource.kind() == ResourceKind.DEPLOYMENT;
        return new RejectedWriteException(
                409,
                "key_taken",
                isSecret
                        ? "another deployment has this key"
                        : "the key '" + resource.key() + "' is taken by another resource of the project",
                "key");
    }

    static RejectedWriteException invalid(String code, String message, @Nullable String path) {
        return new RejectedWriteException(400, code, message, path);
    }
}
