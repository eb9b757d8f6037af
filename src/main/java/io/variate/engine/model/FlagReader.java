package io.variate.engine.model;

import io.variate.json.Json;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.json.TextForm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads flags from JSON trees: strict about what is required and about types, silent about unknown fields. A null
 * counts as absent.
 */
public final class FlagReader {

    private FlagReader() {}

    /**
     * Reads one flag.
     *
     * @param tree as {@link Json} makes it
     * @param path of the flag in its document, such as {@code flags[3]}, with which the paths of problems start
     * @return the flag, or all that is wrong with it
     */
    public static FlagReading read(@Nullable Object tree, String path) {
        List<Problem> found = new ArrayList<>();
        Flag flag = flag(ObjectReader.of(tree, new Problems(path, found)));
        return found.isEmpty() ? new FlagReading.Accepted(flag) : new FlagReading.Rejected(found);
    }

    private static Flag flag(ObjectReader flag) {
        List<String> dependencies = flag.optionalList("dependencies", FlagReader::text);
        return new Flag(
                flag.text("key"),
                variants(flag.map("variants"), flag.problems().member("variants")),
                flag.list("segments", FlagReader::segment),
                dependencies == null ? List.of() : dependencies,
                flag.optionalTree("metadata"));
    }

    private static Map<String, Variant> variants(Map<?, ?> trees, Problems problems) {
        Map<String, Variant> variants = new LinkedHashMap<>();
        trees.forEach((name, tree) -> {
            String key = String.valueOf(name);
            variants.put(key, variant(ObjectReader.of(tree, problems.member(key))));
        });
        return variants;
    }

    private static Variant variant(ObjectReader variant) {
        return new Variant(
                variant.text("key"),
                Json.typed(variant.members().get("value")),
                variant.members().get("payload"),
                variant.optionalTree("metadata"));
    }

    private static Segment segment(@Nullable Object tree, Problems problems) {
        ObjectReader segment = ObjectReader.of(tree, problems);
        return new Segment(
                segment.optionalList("conditions", FlagReader::conditions),
                bucket(segment),
                segment.optionalText("variant"),
                segment.optionalTree("metadata"));
    }

    private static List<Condition> conditions(@Nullable Object tree, Problems problems) {
        return ObjectReader.elements(tree, problems, FlagReader::condition);
    }

    private static Condition condition(@Nullable Object tree, Problems problems) {
        ObjectReader condition = ObjectReader.of(tree, problems);
        return new Condition(
                condition.list("selector", FlagReader::text),
                condition.text("op"),
                condition.list("values", FlagReader::filterValue));
    }

    private static @Nullable Bucket bucket(ObjectReader segment) {
        Object tree = segment.members().get("bucket");
        if (tree == null) {
            return null;
        }
        ObjectReader bucket = ObjectReader.of(tree, segment.problems().member("bucket"));
        return new Bucket(
                bucket.list("selector", FlagReader::text),
                bucket.text("salt"),
                bucket.list("allocations", FlagReader::allocation));
    }

    private static Allocation allocation(@Nullable Object tree, Problems problems) {
        ObjectReader allocation = ObjectReader.of(tree, problems);
        return new Allocation(range(allocation), allocation.list("distributions", FlagReader::distribution));
    }

    private static Distribution distribution(@Nullable Object tree, Problems problems) {
        ObjectReader distribution = ObjectReader.of(tree, problems);
        return new Distribution(distribution.text("variant"), range(distribution));
    }

    /** A range needs two bounds; one with fewer contains nothing, and further numbers mean nothing. */
    private static Range range(ObjectReader owner) {
        List<Integer> bounds = owner.list("range", FlagReader::bound);
        return bounds.size() < 2 ? Range.EMPTY : new Range(bounds.get(0), bounds.get(1));
    }

    private static Integer bound(@Nullable Object tree, Problems problems) {
        if (Json.typed(tree) instanceof Long number && number == number.intValue()) {
            return number.intValue();
        }
        problems.add("", "must be a whole number of 32 bits");
        return 0;
    }

    private static String text(@Nullable Object tree, Problems problems) {
        if (tree instanceof String text) {
            return text;
        }
        problems.add("", "must be a string");
        return "";
    }

    private static String filterValue(@Nullable Object tree, Problems problems) {
        String text = TextForm.ofScalar(Json.typed(tree));
        if (text == null) {
            problems.add("", "must be a string, a number or a boolean");
            return "";
        }
        return text;
    }
}
