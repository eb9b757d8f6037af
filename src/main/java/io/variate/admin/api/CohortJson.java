package io.variate.admin.api;

import io.variate.cohorts.CohortId;
import io.variate.management.CohortUse;
import io.variate.management.format.ProjectIds;
import io.variate.store.CohortDetails;
import io.variate.store.CohortVersion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Cohorts as JSON, without their members. */
final class CohortJson {
    private CohortJson() {}

    /** What identifies a cohort; the unnamed project is not shown, as before there were projects. */
    static JsonObject identity(CohortId id) {
        JsonObject described = new JsonObject();
        if (!id.project().isEmpty()) {
            described.put("project", id.project());
        }
        return described.put("id", id.id());
    }

    static JsonObject head(CohortId id, String groupType, long size, long lastModified) {
        return identity(id).put("groupType", groupType).put("size", size).put("lastModified", lastModified);
    }

    /**
     * Adds what management knows about a cohort.
     *
     * @param details null if nothing is noted about it
     */
    static JsonObject withDetails(JsonObject head, CohortId id, @Nullable CohortDetails details, List<CohortUse> uses) {
        head.put("projectId", ProjectIds.of(id.project()))
                .put("name", details == null ? id.id() : details.name())
                .put("description", details == null ? "" : details.description());
        if (details != null) {
            head.put("version", details.version())
                    .put("createdAt", ResourceJson.time(details.createdAt()))
                    .put("createdBy", details.createdBy())
                    .put("lastModifiedAt", ResourceJson.time(details.modifiedAt()))
                    .put("lastModifiedBy", details.modifiedBy());
        }
        JsonArray usedBy = new JsonArray();
        uses.forEach(use -> usedBy.add(new JsonObject()
                .put("id", String.valueOf(use.id()))
                .put("type", use.kind().text())
                .put("key", use.key())));
        return head.put("usedBy", usedBy);
    }

    static JsonObject version(CohortVersion version) {
        return new JsonObject()
                .put("version", version.version())
                .put("createdAt", ResourceJson.time(version.createdAt()))
                .put("createdBy", version.createdBy())
                .put("door", version.door())
                .put("reason", version.reason())
                .put("name", version.name())
                .put("description", version.description())
                .put("groupType", version.groupType())
                .put("size", version.size())
                .put("digest", String.format(Locale.ROOT, "%08x", version.checksum()));
    }
}
