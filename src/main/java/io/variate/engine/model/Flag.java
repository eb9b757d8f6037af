package io.variate.engine.model;

import io.variate.json.CompactMap;
import io.variate.json.Tree;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A flag as published: its variants and the rules that assign them. Deeply immutable.
 *
 * @param key the name of the flag and of its entry in a result
 * @param variants the assignable variants, by the keys that segments use
 * @param segments the segments, tried in order; the first that matches and names a known variant decides
 * @param dependencies the keys of flags to evaluate before this one
 * @param metadata merged into every result of this flag, or null
 */
public record Flag(
        String key,
        Map<String, Variant> variants,
        List<Segment> segments,
        List<String> dependencies,
        @Nullable Map<String, @Nullable Object> metadata) {

    public Flag {
        variants = CompactMap.copyOf(variants);
        segments = List.copyOf(segments);
        dependencies = List.copyOf(dependencies);
        metadata = metadata == null ? null : Tree.copyOfMap(metadata);
    }

    /** Whether all users get the same variant: no segment targets or splits users. */
    public boolean isStatic() {
        return segments.stream().noneMatch(Segment::dependsOnUser);
    }

    /** Whether the flag is a plain on/off switch: no variant has another key, another value or a payload. */
    public boolean isSwitch() {
        return !variants.isEmpty() && variants.values().stream().allMatch(Variant::isOnOrOff);
    }
}
