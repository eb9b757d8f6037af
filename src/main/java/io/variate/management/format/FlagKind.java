package io.variate.management.format;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.management.model.ResourceKind;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kinds of resources in the metadata of evaluation flags. */
public final class FlagKind {
    private FlagKind() {}

    /** The value of the metadata key {@code flagType} for a kind. */
    public static String type(ResourceKind kind) {
        return switch (kind) {
            case EXPERIMENT -> "experiment";
            case MUTEX -> "mutual-exclusion-group";
            case HOLDOUT -> "holdout-group";
            case FLAG -> "release";
            case DEPLOYMENT, COHORT, PROJECT -> throw new IllegalArgumentException("no flag is of kind " + kind);
        };
    }

    /** The kind of an evaluation flag; a flag if its metadata do not show another. */
    public static ResourceKind of(String definition) {
        try {
            return Json.parseExact(definition) instanceof Map<?, ?> flag
                            && flag.get("metadata") instanceof Map<?, ?> metadata
                    ? ofType(metadata.get("flagType"))
                    : ResourceKind.FLAG;
        } catch (JsonException e) {
            return ResourceKind.FLAG;
        }
    }

    /** The kind with a {@code flagType}; a flag for any other value. */
    public static ResourceKind ofType(@Nullable Object type) {
        for (ResourceKind kind : ResourceKind.values()) {
            if (kind.isFlagRow() && type(kind).equals(type)) {
                return kind;
            }
        }
        return ResourceKind.FLAG;
    }
}
