package io.variate.engine;

import io.variate.engine.model.Condition;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Estimates the memory of compiled flags: of their texts, which may be large, and a fixed amount for each part. */
final class FlagWeight {

    /** Roughly an object with the references to it, in bytes. */
    private static final long PART = 64;

    private FlagWeight() {}

    /** Returns the approximate memory of a flag, in bytes. */
    static long of(Flag flag) {
        long weight = PART + ofTree(flag.metadata());
        for (Variant variant : flag.variants().values()) {
            weight += PART + ofTree(variant.value()) + ofTree(variant.payload()) + ofTree(variant.metadata());
        }
        for (Segment segment : flag.segments()) {
            weight += of(segment);
        }
        return weight;
    }

    private static long of(Segment segment) {
        long weight = PART + ofTree(segment.metadata());
        if (segment.conditions() != null) {
            for (List<Condition> conditions : segment.conditions()) {
                for (Condition condition : conditions) {
                    weight += PART + ofTree(condition.values());
                }
            }
        }
        return weight;
    }

    private static long ofTree(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> members) {
            long weight = PART;
            for (Map.Entry<?, ?> member : members.entrySet()) {
                weight += PART + ofTree(member.getValue());
            }
            return weight;
        }
        if (tree instanceof Collection<?> elements) {
            long weight = PART;
            for (Object element : elements) {
                weight += ofTree(element);
            }
            return weight;
        }
        return tree instanceof String text ? PART + text.length() : PART;
    }
}
