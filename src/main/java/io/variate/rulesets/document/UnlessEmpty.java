package io.variate.rulesets.document;

import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change that is rejected if it leaves nothing where there was something: a deployment that remains without flags, a
 * project that remains without deployments, or a ruleset without flags or without deployments.
 */
record UnlessEmpty(RulesetChange change) implements RulesetChange {

    @Override
    public KnownFlags flags() {
        return change.flags();
    }

    @Override
    public Outcome applyTo(RowSet present) {
        Outcome outcome = change.applyTo(present);
        List<Problem> found = new ArrayList<>();
        addEmptied(present, outcome.rows(), found);
        if (!found.isEmpty()) {
            throw new WouldBeEmptyException(found);
        }
        return outcome;
    }

    @SuppressWarnings("ReferenceEquality") // the same instance stands for what has not changed
    private static void addEmptied(RowSet before, RowSet after, List<Problem> found) {
        Problems document = new Problems("", found);
        if (hasFlags(before) && !hasFlags(after)) {
            document.member("flags").add("", "the change removes all flags of the ruleset");
        }
        if (hasDeployments(before) && !hasDeployments(after)) {
            document.member("deployments")
                    .add("", "the change removes all deployments of the ruleset, so every client gets status 401");
        }
        if (!found.isEmpty()) {
            return;
        }
        for (ProjectRows earlier : before.projects()) {
            ProjectRows later = after.project(earlier.key());
            if (later != null && later != earlier) {
                addEmptied(earlier, later, ProjectKeys.of(earlier.key(), document));
            }
        }
    }

    private static boolean hasFlags(RowSet rows) {
        return rows.projects().stream().anyMatch(project -> !project.flags().isEmpty());
    }

    private static boolean hasDeployments(RowSet rows) {
        return rows.projects().stream()
                .anyMatch(project -> !project.deployments().isEmpty());
    }

    @SuppressWarnings("ReferenceEquality") // as above
    private static void addEmptied(ProjectRows before, ProjectRows after, Problems project) {
        Problems deployments = project.member("deployments");
        if (!before.deployments().isEmpty() && after.deployments().isEmpty()) {
            deployments.add("", "the change removes all deployments, so their clients get status 401");
        }
        boolean mayHaveLessFlags =
                after.flags().size() < before.flags().size() || after.flags().isEmpty();
        if (before.deployments() == after.deployments() && !mayHaveLessFlags) {
            return;
        }
        Set<String> filled = new HashSet<>();
        for (Deployment deployment : read(before.deployments())) {
            if (hasFlags(deployment, before)) {
                filled.add(deployment.key());
            }
        }
        ElementPaths paths = new ElementPaths(deployments);
        for (Deployment deployment : read(after.deployments())) {
            Problems place = paths.next(deployment.label());
            if (filled.contains(deployment.key()) && !hasFlags(deployment, after)) {
                place.member("flags").add("", "the change removes all flags of this deployment");
            }
        }
    }

    private static List<Deployment> read(List<Row> rows) {
        RowReader reader = new RowReader(new ArrayList<>());
        List<Deployment> deployments = new ArrayList<>(rows.size());
        for (Row row : rows) {
            @Nullable Deployment deployment = reader.deployment(row);
            if (deployment != null) {
                deployments.add(deployment);
            }
        }
        return deployments;
    }

    private static boolean hasFlags(Deployment deployment, ProjectRows rows) {
        if (deployment.hasAllFlags()) {
            return !rows.flags().isEmpty();
        }
        Set<String> listed = Set.copyOf(deployment.flags());
        return rows.flags().stream().anyMatch(row -> listed.contains(row.key().key()));
    }
}
