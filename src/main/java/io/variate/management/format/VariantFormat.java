package io.variate.management.format;

import io.variate.json.Problems;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.Inclusions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Variants and inclusions as JSON. */
public final class VariantFormat {
    private static final Set<String> FIELDS = Set.of("key", "name", "description", "payload");
    private static final Set<String> INCLUSION_FIELDS = Set.of("users", "cohorts");

    private VariantFormat() {}

    /** Reads a variant without its weight. */
    public static FlagVariant read(@Nullable Object tree, Problems problems) {
        Fields fields = Fields.of(tree, problems);
        fields.rejectUnknown(FIELDS);
        String key = fields.key("key", Limits.KEY);
        if (key.equals(FlagVariant.OFF)) {
            fields.at("key").add("", "must not be \"off\", which every flag has");
        }
        return new FlagVariant(
                key,
                fields.text("name", Limits.NAME, ""),
                fields.text("description", Limits.DESCRIPTION, ""),
                fields.reader().value("payload"));
    }

    /** Writes a variant as it is embedded in flags: only what is set. */
    public static Map<String, @Nullable Object> write(FlagVariant variant) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("key", variant.key());
        if (!variant.name().isEmpty()) {
            tree.put("name", variant.name());
        }
        if (!variant.description().isEmpty()) {
            tree.put("description", variant.description());
        }
        if (variant.payload() != null) {
            tree.put("payload", variant.payload());
        }
        return tree;
    }

    /** Writes a variant as the API shows it by itself, with its weight among those who match no target segment. */
    public static Map<String, @Nullable Object> writeWhole(FlagVariant variant, long weight) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("key", variant.key());
        tree.put("name", variant.name());
        tree.put("payload", variant.payload() == null ? Map.of() : variant.payload());
        tree.put("description", variant.description());
        tree.put("rolloutWeight", weight);
        return tree;
    }

    static Inclusions inclusions(@Nullable Object tree, Problems problems) {
        Fields fields = Fields.of(tree, problems);
        fields.rejectUnknown(INCLUSION_FIELDS);
        return new Inclusions(
                fields.texts("users", Limits.INCLUSIONS, Limits.VALUE),
                fields.texts("cohorts", Limits.INCLUSIONS, Limits.VALUE));
    }

    static Map<String, @Nullable Object> write(Inclusions inclusions) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("users", inclusions.users());
        tree.put("cohorts", inclusions.cohorts());
        return tree;
    }
}
