package io.variate.rulesets.document;

import io.variate.engine.Membership;
import io.variate.json.Json;
import io.variate.json.ObjectReader;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedCohort;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a cohort from the JSON of a ruleset document. Unknown fields are kept. */
final class CohortDefinition {

    private CohortDefinition() {}

    /** Reads a cohort. Returns null and adds the problems if the cohort is invalid. */
    static @Nullable DefinedCohort read(@Nullable Object json, Problems problems) {
        int before = problems.found().size();
        ObjectReader cohort = ObjectReader.of(json, problems);
        String id = cohort.optionalNonEmptyString("id");
        if (id == null) {
            cohort.problem("id", "must be a non-empty string");
        }
        String groupType = cohort.optionalNonEmptyString("groupType");
        Object lastModified = Json.typed(cohort.value("lastModified"));
        if (lastModified != null && !(lastModified instanceof Long number && number > 0)) {
            cohort.problem("lastModified", "must be an integer, 1 or more");
        }
        List<String> memberIds = memberIds(cohort);
        if (id == null || memberIds == null || problems.found().size() > before) {
            return null;
        }
        return new DefinedCohort(
                id,
                groupType == null ? Membership.USER : groupType,
                (Long) lastModified,
                memberIds,
                ProjectDocument.text(cohort.members()));
    }

    /** Reads the members without a copy, because a cohort can have millions. */
    @SuppressWarnings("unchecked") // every element has been checked
    private static @Nullable List<String> memberIds(ObjectReader cohort) {
        if (cohort.value("memberIds") instanceof List<?> members
                && members.stream().allMatch(String.class::isInstance)) {
            return (List<String>) members;
        }
        cohort.problem("memberIds", "must be an array of strings");
        return null;
    }
}
