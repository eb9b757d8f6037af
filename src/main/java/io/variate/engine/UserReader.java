package io.variate.engine;

import io.variate.engine.operators.Property;
import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.JsonReader;
import io.variate.json.JsonScanner;
import io.variate.json.TextForm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads one user object directly from its text into the properties that a plan needs, with the semantics of {@link
 * EvaluationPlan#read}. Single use, by one thread.
 */
final class UserReader {

    private final PropertyPaths paths;
    private final CohortLookup cohorts;
    private final @Nullable Property[] found;
    private final JsonScanner scanner;
    private final JsonReader values;
    private @Nullable Object groupNames;
    private @Nullable Object groupProperties;
    private @Nullable Object groupCohortIds;

    private UserReader(PropertyPaths paths, CohortLookup cohorts, String userJson) {
        this.paths = paths;
        this.cohorts = cohorts;
        this.found = new Property[paths.size()];
        this.scanner = new JsonScanner(userJson);
        this.values = new JsonReader(scanner);
    }

    /** Reads a user as specified by {@link EvaluationPlan#read}. */
    static EvaluationContext read(
            EvaluationPlan plan,
            @Nullable String userJson,
            @Nullable String userId,
            @Nullable String deviceId,
            CohortLookup cohorts) {
        String text = userJson == null ? "{}" : userJson;
        if (plan.paths().needsWholeUser()) {
            return readWhole(plan, readObject(text), userId, deviceId, cohorts);
        }
        UserReader reader = new UserReader(plan.paths(), cohorts, text);
        reader.readUser();
        reader.overrideId(plan.paths().userId(), userId);
        reader.overrideId(plan.paths().deviceId(), deviceId);
        reader.addCohorts();
        return new EvaluationContext(plan, reader.found, reader.readGroups());
    }

    /** Reads a user as specified by {@link EvaluationPlan#contextOfUser}. */
    static EvaluationContext read(EvaluationPlan plan, Map<String, @Nullable Object> user) {
        return readWhole(plan, new LinkedHashMap<>(user), null, null, CohortLookup.NONE);
    }

    private void readUser() {
        if (scanner.peekToken() != '{') {
            values.skipValue();
            scanner.requireEnd();
            throw scanner.failureAt(0, "a user must be a JSON object");
        }
        for (boolean more = values.enter('}'); more; more = values.advance('}')) {
            scanner.peekToken();
            PathNode node = scanner.readKey(paths.user());
            scanner.skipColon();
            readMember(node);
        }
        scanner.requireEnd();
    }

    private void readMember(@Nullable PathNode node) {
        if (node == paths.groupNames()) {
            groupNames = values.readValue();
        } else if (node == paths.groupProperties()) {
            groupProperties = values.readValue();
        } else if (node == paths.groupCohortIds()) {
            groupCohortIds = values.readValue();
        } else if (node == paths.cohortIds() && node.isNeeded()) {
            node.collect(asIdList(values.readValue()), found);
        } else {
            read(node);
        }
    }

    private static @Nullable Object asIdList(@Nullable Object cohortIds) {
        return cohortIds instanceof Map<?, ?> ids ? List.copyOf(ids.keySet()) : cohortIds;
    }

    private void read(@Nullable PathNode node) {
        if (node == null) {
            values.skipValue();
        } else if (node.isSelected()) {
            node.collect(values.readValue(), found);
        } else {
            node.clear(found);
            if (node.hasChildren() && scanner.peekToken() == '{') {
                node.markPresent(found);
                readMembers(node);
            } else {
                values.skipValue();
            }
        }
    }

    private void readMembers(PathNode node) {
        for (boolean more = values.enter('}'); more; more = values.advance('}')) {
            scanner.peekToken();
            PathNode child = scanner.readKey(node);
            scanner.skipColon();
            read(child);
        }
    }

    private void overrideId(PathNode node, @Nullable String id) {
        if (id != null && !id.isEmpty()) {
            node.collect(id, found);
        }
    }

    private void addCohorts() {
        if (cohorts.isEmpty()) {
            return;
        }
        Property userId = found[paths.userId().number()];
        Property sent = found[paths.cohortIds().number()];
        Object before = sent == null ? null : sent.value();
        Object after = cohorts.extend(Membership.USER, userId == null ? null : TextForm.ofId(userId.value()), before);
        if (after != before) {
            paths.cohortIds().collect(after, found);
        }
    }

    private Map<String, List<String>> readGroups() {
        if (groupNames == null) {
            return Map.of();
        }
        UserGroups groups = UserGroups.of(groupNames, groupProperties, groupCohortIds);
        if (paths.groups().isNeeded() && !groups.names().isEmpty()) {
            paths.groups().collect(groups.asContext(cohorts), found);
        }
        return groups.names();
    }

    private static EvaluationContext readWhole(
            EvaluationPlan plan,
            Map<String, @Nullable Object> user,
            @Nullable String userId,
            @Nullable String deviceId,
            CohortLookup cohorts) {
        putId(user, "user_id", userId);
        putId(user, "device_id", deviceId);
        UserGroups groups =
                UserGroups.of(user.remove("groups"), user.remove("group_properties"), user.remove("group_cohort_ids"));
        user.computeIfPresent("cohort_ids", (key, ids) -> asIdList(ids));
        Object cohortIds = cohorts.extend(Membership.USER, TextForm.ofId(user.get("user_id")), user.get("cohort_ids"));
        user.put("cohort_ids", cohortIds);
        user.values().removeIf(Objects::isNull);
        Map<String, @Nullable Object> context = new LinkedHashMap<>(4);
        context.put("user", user);
        if (!groups.names().isEmpty()) {
            context.put("groups", groups.asContext(cohorts));
        }
        return EvaluationContext.of(plan, context, groups.names());
    }

    private static void putId(Map<String, @Nullable Object> user, String name, @Nullable String id) {
        if (id != null && !id.isEmpty()) {
            user.put(name, id);
        }
    }

    @SuppressWarnings("unchecked") // the parser returns no other maps
    private static Map<String, @Nullable Object> readObject(String userJson) {
        if (Json.parse(userJson) instanceof Map<?, ?> user) {
            return (Map<String, @Nullable Object>) user;
        }
        throw new JsonException("a user must be a JSON object", userJson, 0);
    }
}
