package io.variate.engine;

import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Range;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import io.variate.json.JsonWriter;
import io.variate.json.TextForm;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes flags for SDKs with local evaluation. The output has the same meaning as the flag, and avoids everything that
 * SDKs are known to reject or to interpret differently:
 *
 * <ul>
 * <li>only fields that all SDKs know; an optional empty field is omitted, never null;
 * <li>values of variants and filter values as text; ranges as non-empty ranges of integers from 0;
 * <li>no segment that matches no user, and no conditions where every user matches;
 * <li>{@linkplain PortableConditions conditions} that all engines evaluate alike, if there are any.
 * </ul>
 *
 * <p>One feature is lost: a selector that leads into a value that is an object finds nothing.
 */
public final class FlagWriter {

    private final StringBuilder out;
    private final JsonWriter json;

    private FlagWriter(StringBuilder out) {
        this.out = out;
        this.json = new JsonWriter(out);
    }

    /** Appends a flag as a JSON object. */
    public static void write(Flag flag, StringBuilder out) {
        new FlagWriter(out).flag(flag);
    }

    private void flag(Flag flag) {
        out.append('{');
        string("key", flag.key());
        optional("dependencies", flag.dependencies());
        optional("metadata", flag.metadata());
        out.append(",\"segments\":");
        array(
                flag.segments().stream()
                        .filter(segment -> !segment.matchesNoUser())
                        .toList(),
                this::segment);
        out.append(",\"variants\":{");
        String separator = "";
        for (Map.Entry<String, Variant> variant : flag.variants().entrySet()) {
            out.append(separator);
            json.writeString(variant.getKey());
            out.append(':');
            variant(variant.getValue());
            separator = ",";
        }
        out.append("}}");
    }

    private void variant(Variant variant) {
        out.append('{');
        string("key", variant.key());
        Object value = variant.value();
        if (value != null) {
            out.append(',');
            string("value", TextForm.of(value));
        }
        Object payload = variant.payload();
        if (payload != null && !JsonWriter.isNonFinite(payload)) {
            out.append(",\"payload\":");
            json.write(payload);
        }
        optional("metadata", variant.metadata());
        out.append('}');
    }

    private void segment(Segment segment) {
        out.append('{');
        int start = out.length();
        List<List<Condition>> conditions = segment.conditions();
        if (conditions != null && !segment.matchesEveryUser()) {
            out.append(",\"conditions\":");
            array(PortableConditions.of(conditions), alternative -> array(alternative, this::condition));
        }
        Bucket bucket = segment.bucket();
        if (bucket != null && bucket.allocations().stream().anyMatch(FlagWriter::isReachable)) {
            out.append(",\"bucket\":");
            bucket(bucket);
        }
        if (segment.variant() != null) {
            out.append(',');
            string("variant", segment.variant());
        }
        optional("metadata", segment.metadata());
        if (out.length() > start) {
            out.deleteCharAt(start);
        }
        out.append('}');
    }

    private void condition(Condition condition) {
        out.append('{');
        string("op", condition.op());
        out.append(",\"selector\":");
        json.write(condition.selector());
        out.append(",\"values\":");
        json.write(condition.values());
        out.append('}');
    }

    private void bucket(Bucket bucket) {
        out.append("{\"selector\":");
        json.write(bucket.selector());
        out.append(',');
        string("salt", bucket.salt());
        out.append(",\"allocations\":");
        array(bucket.allocations().stream().filter(FlagWriter::isReachable).toList(), this::allocation);
        out.append('}');
    }

    /** Whether any user can fall into the allocation. */
    private static boolean isReachable(Allocation allocation) {
        return !allocation.range().isEmpty()
                && allocation.distributions().stream().anyMatch(FlagWriter::isReachable);
    }

    private static boolean isReachable(Distribution distribution) {
        return !distribution.range().isEmpty();
    }

    private void allocation(Allocation allocation) {
        out.append('{');
        range(allocation.range());
        out.append(",\"distributions\":");
        array(
                allocation.distributions().stream()
                        .filter(FlagWriter::isReachable)
                        .toList(),
                this::distribution);
        out.append('}');
    }

    private void distribution(Distribution distribution) {
        out.append('{');
        string("variant", distribution.variant());
        out.append(',');
        range(distribution.range());
        out.append('}');
    }

    private void range(Range range) {
        out.append("\"range\":[")
                .append(Math.max(0, range.from()))
                .append(',')
                .append(range.to())
                .append(']');
    }

    private void string(String name, String value) {
        json.writeString(name);
        out.append(':');
        json.writeString(value);
    }

    private void optional(String name, Collection<String> elements) {
        if (!elements.isEmpty()) {
            out.append(",\"").append(name).append("\":");
            json.write(elements);
        }
    }

    private void optional(String name, @Nullable Map<String, @Nullable Object> members) {
        if (members != null && !members.isEmpty()) {
            out.append(",\"").append(name).append("\":");
            json.write(members);
        }
    }

    private <T> void array(Collection<T> elements, Consumer<T> element) {
        out.append('[');
        String separator = "";
        for (T each : elements) {
            out.append(separator);
            element.accept(each);
            separator = ",";
        }
        out.append(']');
    }
}
