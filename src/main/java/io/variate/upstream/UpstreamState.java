package io.variate.upstream;

import io.variate.config.Secret;
import io.variate.config.Upstream;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.ProjectDocument;
import io.variate.rulesets.document.ProjectSettings;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.document.RulesetDocument;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of the upstream at one time, which becomes one ruleset. Immutable.
 *
 * @param deployments of all projects
 */
record UpstreamState(List<Upstream.Project> projects, List<DeploymentState> deployments) {

    UpstreamState {
        projects = List.copyOf(projects);
        deployments = List.copyOf(deployments);
    }

    /**
     * The ruleset as rows. A deployment that was not fetched yet keeps its served rows. Expensive: call it on a worker
     * thread.
     */
    RowSet toRowSet(RowSet served) {
        List<ProjectDocument> documents = new ArrayList<>();
        for (Upstream.Project project : projects) {
            List<DeploymentState> own = deployments.stream()
                    .filter(deployment -> deployment.project().equals(project.key()))
                    .sorted(Comparator.comparing(DeploymentState::key))
                    .toList();
            documents.add(document(project, own, served.project(project.key())));
        }
        return new RulesetDocument(0, documents).toRowSet(served);
    }

    private static ProjectDocument document(
            Upstream.Project project, List<DeploymentState> states, @Nullable ProjectRows served) {
        List<Deployment> deployments = new ArrayList<>();
        Map<String, DefinedFlag> flags = new TreeMap<>();
        List<String> kept = new ArrayList<>();
        Map<String, Deployment> servedByKey = deployments(states, served);
        for (DeploymentState state : states) {
            if (state.isFetched()) {
                Map<String, DefinedFlag> own = state.flags();
                deployments.add(state.deployment(own));
                own.forEach((key, flag) -> flags.merge(key, flag, DeploymentState::better));
            } else if (servedByKey.containsKey(state.key())) {
                Deployment deployment = Objects.requireNonNull(servedByKey.get(state.key()));
                deployments.add(deployment);
                kept.addAll(deployment.flags());
            }
        }
        addServed(kept, served, flags);
        flags.putAll(exactFlags(states));
        return new ProjectDocument(
                project.key(), settings(project), deployments, List.copyOf(flags.values()), List.of());
    }

    /** Exact flags replace others. Those of the highest revision count if they were read at several. */
    private static Map<String, DefinedFlag> exactFlags(List<DeploymentState> states) {
        Map<String, DefinedFlag> exact = new HashMap<>();
        states.stream()
                .filter(DeploymentState::isExact)
                .sorted(Comparator.comparingLong(DeploymentState::revision))
                .forEach(state -> exact.putAll(state.flags()));
        return exact;
    }

    private static Map<String, Deployment> deployments(List<DeploymentState> states, @Nullable ProjectRows served) {
        Map<String, Deployment> byKey = new HashMap<>();
        if (served != null && !states.stream().allMatch(DeploymentState::isFetched)) {
            RowReader reader = new RowReader(new ArrayList<>());
            for (Row row : served.deployments()) {
                Deployment deployment = reader.deployment(row);
                if (deployment != null) {
                    byKey.put(deployment.key(), deployment);
                }
            }
        }
        return byKey;
    }

    /** Adds served flags and their dependencies, unless a fetched copy is better. */
    private static void addServed(List<String> keys, @Nullable ProjectRows served, Map<String, DefinedFlag> flags) {
        if (keys.isEmpty() || served == null) {
            return;
        }
        Map<String, Row> rows = new HashMap<>();
        served.flags().forEach(row -> rows.put(row.key().key(), row));
        RowReader reader = new RowReader(new ArrayList<>());
        Deque<String> open = new ArrayDeque<>(keys.contains("*") ? rows.keySet() : keys);
        while (!open.isEmpty()) {
            Row row = rows.remove(open.pop());
            DefinedFlag flag = row == null ? null : reader.flag(row);
            if (flag != null) {
                flags.merge(flag.flag().key(), flag, DeploymentState::better);
                open.addAll(flag.flag().dependencies());
            }
        }
    }

    /** The unnamed project has its credentials in the settings of each node. */
    private static ProjectSettings settings(Upstream.Project project) {
        Secret apiKey = project.apiKey();
        Secret secretKey = project.secretKey();
        return project.key().isEmpty() || apiKey == null || secretKey == null
                ? ProjectSettings.NONE
                : new ProjectSettings(apiKey.value(), secretKey.value());
    }

    /** The number of flags that cannot be read. */
    int leftOut() {
        return deployments.stream().mapToInt(UpstreamState::leftOut).sum();
    }

    private static int leftOut(DeploymentState deployment) {
        FlagSet local = deployment.local();
        return (local == null ? 0 : local.leftOut().size())
                + deployment.remote().leftOut().size();
    }
}
