package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import io.variate.json.JsonException;
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
    private final TargetedCohorts cohorts;
    private final int conditions;

    /**
     * @param results by number; shared by all plans of the same flags
     * @param conditions how many of them are remembered
     */
    EvaluationPlan(
            List<CompiledFlag> flags,
            EvaluatedVariant[] results,
            PropertyPaths paths,
            TargetedCohorts cohorts,
            int conditions) {
        this.results = results;
        this.flags = flags.toArray(CompiledFlag[]::new);
        this.paths = paths;
        this.cohorts = cohorts;
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

    /** The flags as published, in the order of evaluation. */
    public List<Flag> flags() {
        return Arrays.stream(flags).map(CompiledFlag::flag).toList();
    }

    /** As {@link #read(String, String, String, Membership)}, of somebody whose cohorts nobody knows but the client. */
    public EvaluationContext read(@Nullable String userJson, @Nullable String userId, @Nullable String deviceId) {
        return read(userJson, userId, deviceId, Membership.NONE);
    }

    /**
     * Reads a user object as clients send it, and adds the cohorts that the server knows of.
     *
     * <p>Nulls count as absent, and unknown fields are kept. Conditions see an empty id as it is, as in Amplitude's engine; for everything else it is a missing one. {@code groups}, {@code group_properties} and {@code
     * group_cohort_ids} leave the user and become {@code context.groups}, where each type has the first of its names.
     * {@code cohort_ids} may be a list of ids or an object whose keys are ids. Members of the wrong type are ignored.
     *
     * <p>To the cohort ids of the user, by its user id, and of the groups, by the first name of each type, those cohorts
     * are added that contain them, if some condition of the plan names the cohort. What the client has sent comes first
     * and stays; only what is no list for any operator gives way, and only if there is something to add.
     *
     * @param userJson JSON text of a user object; null is a user without any field
     * @param userId replaces the user's {@code user_id} unless null or empty
     * @param deviceId replaces the user's {@code device_id} unless null or empty
     * @param membership asked on this thread, about the cohorts that conditions name
     * @throws JsonException if the text is not JSON, or is not a JSON object
     */
    public EvaluationContext read(
            @Nullable String userJson, @Nullable String userId, @Nullable String deviceId, Membership membership) {
        return UserReader.read(this, userJson, userId, deviceId, CohortLookup.of(cohorts, membership));
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
