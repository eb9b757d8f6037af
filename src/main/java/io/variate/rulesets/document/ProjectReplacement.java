package io.variate.rulesets.document;

import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.Deployment.PreviousKey;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replaces or adds one project.
 *
 * @param checked a document without errors that has only this project
 */
record ProjectReplacement(String key, CheckedRuleset checked) implements RulesetChange {

    @Override
    public KnownFlags flags() {
        return checked.known();
    }

    @Override
    public Outcome applyTo(RowSet present) {
        ProjectDocument project = checked.document().projects().get(0);
        List<Problem> found = new ArrayList<>(checked.problems());
        Problems place = ProjectKeys.of(key, new Problems("", found));
        addConflicts(project, present, place);
        if (found.stream().anyMatch(Problem::isError)) {
            throw new InvalidRulesetException(found);
        }
        addForeignDependencies(project, present, place);
        checked.addVersions(present, found);
        return new Outcome(present.apply(project.changesFrom(present.project(key))), found);
    }

    /** Reports credentials that other projects have. */
    private void addConflicts(ProjectDocument project, RowSet present, Problems place) {
        Map<String, Problems> deployments = new HashMap<>();
        for (int i = 0; i < project.deployments().size(); i++) {
            Deployment deployment = project.deployments().get(i);
            Problems own = place.member("deployments").element(i);
            deployments.put(deployment.key(), own.member("key"));
            if (deployment.previousKey() != null) {
                deployments.put(
                        deployment.previousKey().key(),
                        own.member("previousKey").member("key"));
            }
        }
        for (ProjectRows other : present.projects()) {
            if (!other.key().equals(key)) {
                addConflicts(deployments, project.apiKey(), place, other);
                addApiKeyConflicts(deployments, project.apiKey(), place, other);
            }
        }
    }

    private static void addConflicts(
            Map<String, Problems> deployments, @Nullable String apiKey, Problems place, ProjectRows other) {
        for (int i = 0; i < other.deployments().size(); i++) {
            Row row = other.deployments().get(i);
            PreviousKey previous = Credentials.previousKey(row);
            for (String taken : previous == null
                    ? List.of(row.key().key())
                    : List.of(row.key().key(), previous.key())) {
                Problems same = taken.equals(apiKey) ? place.member(ProjectSettings.API_KEY) : deployments.get(taken);
                if (same != null) {
                    addSame(same, path(other).member("deployments").element(i).member("key"));
                }
            }
        }
    }

    private static void addApiKeyConflicts(
            Map<String, Problems> deployments, @Nullable String apiKey, Problems place, ProjectRows other) {
        String taken = apiKey(other.project());
        if (taken != null) {
            Problems same = taken.equals(apiKey) ? place.member(ProjectSettings.API_KEY) : deployments.get(taken);
            if (same != null) {
                addSame(same, path(other).member(ProjectSettings.API_KEY));
            }
        }
    }

    private static void addSame(Problems place, Problems first) {
        place.add("", "is the same as " + first.path());
    }

    private static @Nullable String apiKey(@Nullable Row row) {
        ProjectSettings settings = row == null ? null : new RowReader(new ArrayList<>()).project(row);
        return settings == null ? null : settings.apiKey();
    }

    private static Problems path(ProjectRows project) {
        return ProjectKeys.of(project.key(), new Problems("", new ArrayList<>()));
    }

    private static void addForeignDependencies(ProjectDocument project, RowSet present, Problems place) {
        Set<String> own = new HashSet<>();
        project.flags().forEach(flag -> own.add(flag.flag().key()));
        FlagOwners owners = FlagOwners.others(present, project.key());
        for (int i = 0; i < project.flags().size(); i++) {
            new FlagAdvice(project.flags().get(i), place.member("flags").element(i)).addForeign(own::contains, owners);
        }
    }
}
