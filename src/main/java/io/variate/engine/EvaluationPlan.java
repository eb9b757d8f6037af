package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import io.variate.json.JsonException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags to evaluate, their order, and the user properties that they need. Created by {@link CompiledFlags}.
 * Immutable and safe to cache and share.
 */
public final class EvaluationPlan {

    private final CompiledFlag[] flags;
    private final EvaluatedVariant[] results;
    private final PropertyPaths paths;
    private final TargetedCohorts cohorts;
    private final int cachedConditions;

    /**
     * @param flags in evaluation order; owned by the plan from now on
     * @param results by number; shared by all plans of the same flags, and by earlier and later sets of flags
     * @param cachedConditions the number of conditions whose outcome is cached
     */
    EvaluationPlan(
            CompiledFlag[] flags,
            EvaluatedVariant[] results,
            PropertyPaths paths,
            TargetedCohorts cohorts,
            int cachedConditions) {
        this.results = results;
        this.flags = flags;
        this.paths = paths;
        this.cohorts = cohorts;
        this.cachedConditions = cachedConditions;
    }

    /** The number of flags to evaluate. */
    public int size() {
        return flags.length;
    }

    /** The keys of the flags, in evaluation order. */
    public List<String> keys() {
        return Arrays.stream(flags).map(flag -> flag.flag().key()).toList();
    }

    /** The flags as published, in evaluation order. */
    public List<Flag> flags() {
        Flag[] published = new Flag[flags.length];
        for (int i = 0; i < published.length; i++) {
            published[i] = flags[i].flag();
        }
        return Collections.unmodifiableList(Arrays.asList(published));
    }

    /** Reads a user like {@link #read(String, String, String, Membership)}, without cohorts known to the server. */
    public EvaluationContext read(@Nullable String userJson, @Nullable String userId, @Nullable String deviceId) {
        return read(userJson, userId, deviceId, Membership.NONE);
    }

    /**
     * Reads a user object from a client and adds the cohorts known to the server.
     *
     * <p>Null counts as absent, and unknown fields are kept. Conditions see an empty id as it is, like Amplitude's
     * engine; everything else treats it as missing. {@code groups}, {@code group_properties} and {@code
     * group_cohort_ids} move from the user to {@code context.groups}, which has the first name of each type. {@code
     * cohort_ids} may be a list of ids or an object whose keys are ids. Members of the wrong type are ignored.
     *
     * <p>The lookup covers the user id and the first name of each group type, and only cohorts that a condition of the
     * plan names. Cohorts found are appended to the ids that the client sent. A sent value that no operator reads as a
     * list is dropped if there is something to add.
     *
     * @param userJson the JSON text of a user object; null is a user without fields
     * @param userId replaces the user's {@code user_id} unless null or empty
     * @param deviceId replaces the user's {@code device_id} unless null or empty
     * @param membership called on this thread for the cohorts that conditions name
     * @throws JsonException if the text is not JSON, or is not a JSON object
     */
    public EvaluationContext read(
            @Nullable String userJson, @Nullable String userId, @Nullable String deviceId, Membership membership) {
        return UserReader.read(this, userJson, userId, deviceId, CohortLookup.of(cohorts, membership));
    }

    /**
     * Reads a user object like {@link #read}, from a tree.
     *
     * @param user a tree as {@link Json#parse} returns it; must not be modified while the context is in use
     */
    public EvaluationContext contextOfUser(Map<String, @Nullable Object> user) {
        return UserReader.read(this, user);
    }

    /**
     * Creates a context from the tree that selectors see below {@code context}: by convention with {@code user} and
     * {@code groups}. Any tree is valid; selectors find nothing in members of unexpected types.
     *
     * @param tree a tree as {@link Json#parse} returns it; not copied, must not be modified while the context is in use
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

    int cachedConditions() {
        return cachedConditions;
    }
}
