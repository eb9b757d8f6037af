package io.variate.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which flags to evaluate, in which order, and what of a user they ask for. Made by {@link CompiledFlags}. Immutable,
 * hence free to be kept and shared.
 */
public final class EvaluationPlan {

    private final CompiledFlag[] flags;
    private final EvaluatedVariant[] results;
    private final PropertyPaths paths;
    private final int conditions;

    /**
     * @param results by number; shared by all plans of the same flags
     * @param conditions how many of them are remembered
     */
    EvaluationPlan(List<CompiledFlag> flags, EvaluatedVariant[] results, PropertyPaths paths, int conditions) {
        this.results = results;
        this.flags = flags.toArray(CompiledFlag[]::new);
        this.paths = paths;
        this.conditions = conditions;
    }

    /** How many flags there are to evaluate. */
    public int size() {
        return flags.length;
    }

    /** The keys of the flags, in the order of evaluation. */
    public List<String> keys() {
        return Arrays.stream(flags).map(flag -> flag.flag().key()).toList();
    }

    /**
     * Reads a user object as clients send it.
     *
     * <p>Nulls count as absent, and unknown fields are kept. {@code groups}, {@code group_properties} and {@code
     * group_cohort_ids} leave the user and become {@code context.groups}, where each type has the first of its names.
     * {@code cohort_ids} may be a list of ids or an object whose keys are ids. Members of the wrong type are ignored.
     *
     * @param userJson JSON text of a user object; null is a user without any field
     * @param userId replaces the user's {@code user_id} unless null
     * @param deviceId replaces the user's {@code device_id} unless null
     * @throws JsonException if the text is not JSON, or is not a JSON object
     */
    public EvaluationContext read(@Nullable String userJson, @Nullable String userId, @Nullable String deviceId) {
        return UserReader.read(this, userJson, userId, deviceId);
    }

    /**
     * Reads a user object as {@link #read} does, from a tree.
     *
     * @param user such as {@link Json#parse} makes; to be left alone as long as the context is in use
     */
    public EvaluationContext contextOfUser(Map<String, @Nullable Object> user) {
        return UserReader.read(this, user);
    }

    /**
     * A context as selectors see it below {@code context}: by convention with {@code user} and {@code groups}. Any tree
     * will do: members of unexpected types are simply not found by selectors.
     *
     * @param tree such as {@link Json#parse} makes; not copied, and to be left alone as long as the context is in use
     */
    public EvaluationContext contextOf(Map<String, @Nullable Object> tree) {
        return EvaluationContext.of(this, tree, EvaluationContext.groupNames(tree));
    }

    CompiledFlag flag(int index) {
        return flags[index];
    }

    EvaluatedVariant result(int number) {
        return results[number];
    }

    PropertyPaths paths() {
        return paths;
    }

    int conditions() {
        return conditions;
    }
}
