package io.variate.engine.model;

import io.variate.json.Tree;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A flag as published: what can be assigned, and who gets it. Deeply immutable.
 *
 * @param key name of the flag and of its entry in a result
 * @param variants what can be assigned, by the key that segments name
 * @param segments tried in order; the first that matches and names a known variant decides
 * @param dependencies keys of flags to be evaluated before this one
 * @param metadata merged into every result of this flag, or null
 */
public record Flag(
        String key,
        Map<String, Variant> variants,
        List<Segment> segments,
        List<String> dependencies,
        @Nullable Map<String, @Nullable Object> metadata) {

    public Flag {
        variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
        segments = List.copyOf(segments);
        dependencies = List.copyOf(dependencies);
        metadata = metadata == null ? null : Tree.copyOfMap(metadata);
    }

    /** Whether everyone gets the same: no segment targets some users, or splits them. */
    public boolean isStatic() {
        return segments.stream().noneMatch(Segment::dependsOnUser);
    }

    /** Whether it is no more than on or off: no variant has another key, another value or a payload. */
    public boolean isSwitch() {
        return !variants.isEmpty() && variants.values().stream().allMatch(Variant::isOnOrOff);
    }
}
