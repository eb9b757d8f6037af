package io.variate.bench.engine;

import com.launchdarkly.sdk.ArrayBuilder;
import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.LDValue;
import com.launchdarkly.sdk.ObjectBuilder;
import io.variate.engine.model.Allocation;
import io.variate.engine.model.Bucket;
import io.variate.engine.model.Condition;
import io.variate.engine.model.Distribution;
import io.variate.engine.model.Flag;
import io.variate.engine.model.Range;
import io.variate.engine.model.Segment;
import io.variate.engine.model.Variant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Converts flags and users to LaunchDarkly's format: a segment is a rule, a condition a clause, a bucket a rollout.
 *
 * <p>Where the formats differ, LaunchDarkly gets less work: users outside an allocation are off immediately and try no
 * further segments, properties are top-level instead of in {@code user_properties}, and text comparison does not ignore
 * case. Hashes differ, so splits have the same sizes but different members.
 */
final class LaunchDarklyFlags {

    private static final String OFF = "off";
    private static final int WHOLE = 100_000;
    private static final double HASHES = 42_949_673;

    private LaunchDarklyFlags() {}

    /** The document that LaunchDarkly's file data source reads. */
    static String document(List<Flag> flags) {
        ObjectBuilder byKey = LDValue.buildObject();
        flags.forEach(flag -> byKey.put(flag.key(), flag(flag)));
        return LDValue.buildObject().put("flags", byKey.build()).build().toJsonString();
    }

    private static LDValue flag(Flag flag) {
        List<String> variants = List.copyOf(flag.variants().keySet());
        return LDValue.buildObject()
                .put("key", flag.key())
                .put("version", 1)
                .put("on", true)
                .put("salt", salt(flag))
                .put("offVariation", variants.indexOf(OFF))
                .put("fallthrough", variation(variants.indexOf(OFF)))
                .put("variations", array(flag.variants().values(), LaunchDarklyFlags::value))
                .put("rules", array(flag.segments(), segment -> rule(segment, variants)))
                .build();
    }

    private static String salt(Flag flag) {
        return flag.segments().stream()
                .map(Segment::bucket)
                .flatMap(Stream::ofNullable)
                .findFirst()
                .map(Bucket::salt)
                .orElse("");
    }

    private static LDValue value(Variant variant) {
        return variant.value() == null
                ? LDValue.ofNull()
                : LDValue.of(variant.value().toString());
    }

    private static LDValue rule(Segment segment, List<String> variants) {
        String rest = segment.variant() == null ? OFF : segment.variant();
        ObjectBuilder rule = LDValue.buildObject().put("clauses", clauses(segment));
        Bucket bucket = segment.bucket();
        return bucket == null
                ? rule.put("variation", variants.indexOf(rest)).build()
                : rule.put("rollout", rollout(bucket, variants, rest)).build();
    }

    private static LDValue rollout(Bucket bucket, List<String> variants, String rest) {
        ArrayBuilder shares = LDValue.buildArray();
        int left = WHOLE;
        for (Allocation allocation : bucket.allocations()) {
            for (Distribution distribution : allocation.distributions()) {
                double share = size(allocation.range()) / 100 * size(distribution.range()) / HASHES;
                int weight = Math.min(left, (int) Math.round(share * WHOLE));
                shares.add(share(variants.indexOf(distribution.variant()), weight));
                left -= weight;
            }
        }
        if (left > 0) {
            shares.add(share(variants.indexOf(rest), left));
        }
        String bucketBy = attribute(bucket.selector());
        return LDValue.buildObject()
                .put("contextKind", "user")
                .put("bucketBy", bucketBy)
                .put("variations", shares.build())
                .build();
    }

    private static double size(Range range) {
        return (double) range.to() - range.from();
    }

    private static LDValue share(int variation, int weight) {
        return LDValue.buildObject()
                .put("variation", variation)
                .put("weight", weight)
                .build();
    }

    private static LDValue variation(int index) {
        return LDValue.buildObject().put("variation", index).build();
    }

    /** Converts conditions, all of which must hold; none hold for every user. */
    private static LDValue clauses(Segment segment) {
        List<List<Condition>> alternatives = segment.conditions();
        if (alternatives == null) {
            return LDValue.buildArray().build();
        }
        if (alternatives.size() != 1) {
            throw new IllegalArgumentException("a rule has no alternatives");
        }
        List<LDValue> clauses = new ArrayList<>();
        for (Condition condition : alternatives.get(0)) {
            clauses.addAll(clauses(condition));
        }
        return array(clauses, clause -> clause);
    }

    private static List<LDValue> clauses(Condition condition) {
        Collection<String> values = condition.values();
        return switch (condition.op()) {
            case "is", "set contains any" -> List.of(clause(condition, "in", texts(values), false));
            case "is not" -> List.of(clause(condition, "in", texts(values), true));
            case "contains" -> List.of(clause(condition, "contains", texts(values), false));
            case "regex match" -> List.of(clause(condition, "matches", texts(values), false));
            case "less" -> List.of(clause(condition, "lessThan", numbers(values), false));
            case "greater or equal" -> List.of(clause(condition, "greaterThanOrEqual", numbers(values), false));
            // Use the negation of the opposite operator, which is equivalent.
            case "version greater or equal" -> List.of(clause(condition, "semVerLessThan", texts(values), true));
            // A clause matches any of its values, so each value needs a clause.
            case "set contains" ->
                values.stream()
                        .map(value -> clause(condition, "in", texts(List.of(value)), false))
                        .toList();
            default -> throw new IllegalArgumentException("no equivalent of " + condition.op());
        };
    }

    private static LDValue clause(Condition condition, String op, LDValue values, boolean negated) {
        return LDValue.buildObject()
                .put("contextKind", "user")
                .put("attribute", attribute(condition.selector()))
                .put("op", op)
                .put("values", values)
                .put("negate", negated)
                .build();
    }

    private static String attribute(List<String> selector) {
        String name = selector.get(selector.size() - 1);
        return name.equals("user_id") ? "key" : name;
    }

    private static LDValue texts(Collection<String> values) {
        return array(values, LDValue::of);
    }

    private static LDValue numbers(Collection<String> values) {
        return array(values, value -> LDValue.of(Double.parseDouble(value)));
    }

    private static <T> LDValue array(Collection<T> elements, Function<T, LDValue> form) {
        ArrayBuilder array = LDValue.buildArray();
        elements.forEach(element -> array.add(form.apply(element)));
        return array.build();
    }

    /** Converts a user, with its properties at the top level. */
    static LDContext context(String userJson) {
        LDValue user = LDValue.parse(userJson);
        var context = LDContext.builder(user.get("user_id").stringValue());
        for (String name : user.keys()) {
            if (!name.equals("user_id") && !name.equals("user_properties")) {
                context.set(name, user.get(name));
            }
        }
        LDValue properties = user.get("user_properties");
        properties.keys().forEach(name -> context.set(name, properties.get(name)));
        return context.build();
    }
}
