package io.variate.rulesets.document;

import io.variate.engine.Membership;
import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a cohort from the JSON of a ruleset document. Unknown fields are kept. */
final class CohortDefinition {
    private final Map<String, @Nullable Object> tree;
    private final String path;
    private final List<Problem> problems;

    private CohortDefinition(Map<String, @Nullable Object> tree, String path, List<Problem> problems) {
        this.tree = tree;
        this.path = path;
        this.problems = problems;
    }

    /** Reads a cohort. Returns null and adds the problems if the cohort is invalid. */
    @SuppressWarnings("unchecked") // the JSON reader creates only maps of this type
    static @Nullable DefinedCohort read(@Nullable Object json, String path, List<Problem> problems) {
        if (!(json instanceof Map<?, ?> tree)) {
            problems.add(new Problem(path, "must be an object"));
            return null;
        }
        return new CohortDefinition((Map<String, @Nullable Object>) tree, path, problems).read();
    }

    private @Nullable DefinedCohort read() {
        Object id = tree.get("id");
        Object groupType = tree.get("groupType");
        Object lastModified = Json.typed(tree.get("lastModified"));
        int before = problems.size();
        check(id instanceof String text && !text.isEmpty(), "id", "must be a non-empty string");
        check(
                groupType == null || (groupType instanceof String text && !text.isEmpty()),
                "groupType",
                "must be a non-empty string");
        check(
                lastModified == null || (lastModified instanceof Long number && number > 0),
                "lastModified",
                "must be an integer, 1 or more");
        List<String> memberIds = memberIds();
        if (problems.size() > before || memberIds == null) {
            return null;
        }
        return new DefinedCohort(
                String.valueOf(id),
                groupType == null ? Membership.USER : groupType.toString(),
                (Long) lastModified,
                memberIds,
                tree);
    }

    @SuppressWarnings("unchecked") // every element has been checked
    private @Nullable List<String> memberIds() {
        boolean valid = tree.get("memberIds") instanceof List<?> members
                && members.stream().allMatch(String.class::isInstance);
        check(valid, "memberIds", "must be an array of strings");
        return valid ? (List<String>) tree.get("memberIds") : null;
    }

    private void check(boolean holds, String field, String reason) {
        if (!holds) {
            problems.add(new Problem(path + "." + field, reason));
        }
    }
}
