package io.variate.management.format;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.LoneSurrogates;
import io.variate.management.model.ExperimentDetails;
import io.variate.management.model.FlagVariant;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What lists show of a flag or an experiment: a few fields of its definition, whose size is bounded. Stateless, hence
 * thread-safe.
 */
public final class FlagSummary {
    private FlagSummary() {}

    /** The summary as JSON; null for a resource of another kind. */
    public static @Nullable String json(Resource resource) {
        Map<String, @Nullable Object> tree;
        if (resource instanceof ManagedFlag flag) {
            tree = tree(flag);
        } else if (resource instanceof RawFlag flag
                && (flag.kind() == ResourceKind.FLAG || flag.kind() == ResourceKind.EXPERIMENT)) {
            tree = tree(flag);
        } else {
            return null;
        }
        return LoneSurrogates.escape(Json.write(tree));
    }

    private static Map<String, @Nullable Object> tree(ManagedFlag flag) {
        Map<String, @Nullable Object> tree = head(flag, flag.name(), true);
        ExperimentDetails experiment = flag.experiment();
        tree.put("enabled", flag.enabled());
        tree.put("archived", flag.archived());
        tree.put("state", experiment == null ? null : experiment.state());
        tree.put("decision", experiment == null ? null : experiment.decision());
        tree.put("endDate", experiment == null ? null : experiment.endDate());
        tree.put("tags", flag.tags());
        tree.put("deployments", texts(flag.deployments()));
        tree.put("variants", flag.variants().stream().map(FlagVariant::key).toList());
        tree.put("rolloutPercentage", SegmentFormat.number(flag.rollout().percentage()));
        tree.put(
                "segmentPercentages",
                flag.targetSegments().stream()
                        .map(segment -> SegmentFormat.number(segment.rollout().percentage()))
                        .toList());
        return tree;
    }

    /** A raw flag is on while it is not archived; whom it reaches is up to its definition. */
    private static Map<String, @Nullable Object> tree(RawFlag flag) {
        Map<String, @Nullable Object> tree = head(flag, flag.name(), false);
        tree.put("enabled", true);
        tree.put("archived", flag.archived());
        tree.put("state", null);
        tree.put("decision", null);
        tree.put("endDate", null);
        tree.put("tags", flag.tags());
        tree.put("deployments", texts(flag.deployments()));
        tree.put("variants", variants(flag.definition()));
        tree.put("rolloutPercentage", null);
        tree.put("segmentPercentages", List.of());
        return tree;
    }

    private static Map<String, @Nullable Object> head(Resource flag, String name, boolean isManaged) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("id", String.valueOf(flag.id()));
        tree.put("key", flag.key());
        tree.put("name", name);
        tree.put("type", flag.kind().text());
        tree.put("managed", isManaged);
        return tree;
    }

    private static List<String> texts(List<Long> ids) {
        return ids.stream().map(String::valueOf).toList();
    }

    /** Only as many and as long ones as a managed flag may have. */
    private static List<String> variants(String definition) {
        try {
            return Json.parse(definition) instanceof Map<?, ?> flag
                            && flag.get("variants") instanceof Map<?, ?> variants
                    ? variants.keySet().stream()
                            .map(String::valueOf)
                            .filter(key -> key.length() <= Limits.KEY)
                            .limit(Limits.VARIANTS)
                            .toList()
                    : List.of();
        } catch (JsonException e) {
            // Somebody wrote the row with SQL.
            return List.of();
        }
    }
}
