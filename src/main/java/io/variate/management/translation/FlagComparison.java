package io.variate.management.translation;

import io.variate.json.Problems;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares evaluation flags by what they mean: without regard to the order of members, of variants, and of parents, and to
 * members that are null. Payloads must be equal with their numbers as written.
 */
public final class FlagComparison {
    private FlagComparison() {}

    /** Returns the path of the first difference, or null if the flags mean the same. */
    public static @Nullable String firstDifference(@Nullable Object first, @Nullable Object second) {
        return difference("", normalized(first), normalized(second));
    }

    private static @Nullable Object normalized(@Nullable Object tree) {
        if (!(tree instanceof Map<?, ?> members)) {
            return tree;
        }
        Map<Object, @Nullable Object> flag = withoutNulls(members);
        if (flag.get("dependencies") instanceof List<?> keys) {
            flag.put("dependencies", new HashSet<>(keys));
            if (keys.isEmpty()) {
                flag.remove("dependencies");
            }
        }
        if (flag.get("segments") instanceof List<?> segments) {
            flag.put(
                    "segments",
                    segments.stream().map(FlagComparison::normalizedSegment).toList());
        }
        if (flag.get("variants") instanceof Map<?, ?> variants) {
            Map<Object, @Nullable Object> normalized = new LinkedHashMap<>();
            variants.forEach((key, variant) ->
                    normalized.put(key, variant instanceof Map<?, ?> some ? withoutNulls(some) : variant));
            flag.put("variants", normalized);
        }
        return flag;
    }

    private static Object normalizedSegment(Object tree) {
        if (!(tree instanceof Map<?, ?> members)) {
            return tree;
        }
        Map<Object, @Nullable Object> segment = withoutNulls(members);
        if (segment.get("metadata") instanceof Map<?, ?> metadata
                && SegmentNames.DEPENDENCIES.equals(metadata.get("segmentName"))
                && segment.get("conditions") instanceof List<?> alternatives) {
            segment.put("conditions", new LinkedHashSet<>(alternatives));
        }
        return segment;
    }

    private static Map<Object, @Nullable Object> withoutNulls(Map<?, ?> members) {
        Map<Object, @Nullable Object> some = new LinkedHashMap<>(members);
        some.values().removeIf(Objects::isNull);
        return some;
    }

    private static @Nullable String difference(String path, @Nullable Object first, @Nullable Object second) {
        if (first instanceof Map<?, ?> some && second instanceof Map<?, ?> other) {
            Set<Object> names = new LinkedHashSet<>(some.keySet());
            names.addAll(other.keySet());
            for (Object name : names) {
                String member = place(path).member(String.valueOf(name)).path();
                String difference = difference(member, some.get(name), other.get(name));
                if (difference != null) {
                    return difference;
                }
            }
            return null;
        }
        if (first instanceof List<?> some && second instanceof List<?> other && some.size() == other.size()) {
            for (int i = 0; i < some.size(); i++) {
                String difference = difference(place(path).element(i).path(), some.get(i), other.get(i));
                if (difference != null) {
                    return difference;
                }
            }
            return null;
        }
        return Objects.equals(first, second) ? null : path;
    }

    private static Problems place(String path) {
        return new Problems(path, new ArrayList<>());
    }
}
