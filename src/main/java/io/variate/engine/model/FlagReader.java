package io.variate.engine.model;

import io.variate.json.Interner;
import io.variate.json.Json;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.json.TextForm;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads flags from JSON trees. Required fields and types are strict; unknown fields are ignored. Null counts as absent.
 */
public final class FlagReader {

    private FlagReader() {}

    /**
     * Reads one flag.
     *
     * @param tree a tree as {@link Json} returns it
     * @param path the path of the flag in its document, such as {@code flags[3]}, to which the paths of problems are
     *     relative
     * @return the flag, or all its problems
     */
    public static FlagReading read(@Nullable Object tree, String path) {
        List<Problem> found = new ArrayList<>();
        Flag flag = flag(ObjectReader.of(tree, new Problems(path, found)));
        return found.isEmpty() ? new FlagReading.Accepted(flag) : new FlagReading.Rejected(found);
    }

    private static Flag flag(ObjectReader flag) {
        List<String> dependencies = flag.optionalList("dependencies", ObjectReader::string);
        return new Flag(
                flag.string("key"),
                flag.map("variants", FlagReader::variant),
                flag.list("segments", FlagReader::segment),
                dependencies == null ? List.of() : dependencies,
                flag.optionalTree("metadata"));
    }

    private static Variant variant(@Nullable Object tree, Problems problems) {
        ObjectReader variant = ObjectReader.of(tree, problems);
        return new Variant(
                name(variant.string("key")),
                Json.typed(variant.value("value")),
                variant.value("payload"),
                variant.optionalTree("metadata"));
    }

    private static Segment segment(@Nullable Object tree, Problems problems) {
        ObjectReader segment = ObjectReader.of(tree, problems);
        return new Segment(
                segment.optionalList("conditions", FlagReader::conditions),
                bucket(segment.optionalObject("bucket")),
                nameOrNull(segment.optionalString("variant")),
                segment.optionalTree("metadata"));
    }

    private static List<Condition> conditions(@Nullable Object tree, Problems problems) {
        return ObjectReader.list(tree, problems, FlagReader::condition);
    }

    private static Condition condition(@Nullable Object tree, Problems problems) {
        ObjectReader condition = ObjectReader.of(tree, problems);
        return new Condition(
                texts(condition.list("selector", FlagReader::name)),
                name(condition.string("op")),
                texts(condition.list("values", FlagReader::filterValue)));
    }

    private static @Nullable Bucket bucket(@Nullable ObjectReader bucket) {
        if (bucket == null) {
            return null;
        }
        return new Bucket(
                texts(bucket.list("selector", FlagReader::name)),
                bucket.string("salt"),
                bucket.list("allocations", FlagReader::allocation));
    }

    private static Allocation allocation(@Nullable Object tree, Problems problems) {
        ObjectReader allocation = ObjectReader.of(tree, problems);
        return Interner.SHARED.share(
                new Allocation(range(allocation), allocation.list("distributions", FlagReader::distribution)));
    }

    private static Distribution distribution(@Nullable Object tree, Problems problems) {
        ObjectReader distribution = ObjectReader.of(tree, problems);
        return new Distribution(name(distribution.string("variant")), range(distribution));
    }

    /** Reads a range. A range with fewer than two bounds is empty; further numbers are ignored. */
    private static Range range(ObjectReader owner) {
        List<Integer> bounds = owner.list("range", FlagReader::bound);
        return bounds.size() < 2 ? Range.EMPTY : new Range(bounds.get(0), bounds.get(1));
    }

    private static Integer bound(@Nullable Object tree, Problems problems) {
        return Math.toIntExact(ObjectReader.integer(tree, problems, Integer.MIN_VALUE, Integer.MAX_VALUE));
    }

    private static String filterValue(@Nullable Object tree, Problems problems) {
        String text = TextForm.ofScalar(Json.typed(tree));
        if (text == null) {
            problems.add("", "must be a string, a number or a boolean");
            return "";
        }
        return name(text);
    }

    /** Reads a text that flags may repeat. */
    private static String name(@Nullable Object tree, Problems problems) {
        return name(ObjectReader.string(tree, problems));
    }

    private static String name(String text) {
        return Interner.SHARED.share(text);
    }

    private static @Nullable String nameOrNull(@Nullable String text) {
        return text == null ? null : name(text);
    }

    private static List<String> texts(List<String> texts) {
        return Interner.SHARED.share(List.copyOf(texts));
    }
}
