package io.variate.rulesets.document;

import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys of deployments and the API keys of projects. Each identifies one project, so all of them must differ. Not
 * thread-safe.
 */
final class Credentials {
    private final Map<String, List<Row>> rowsByCredential = new HashMap<>();

    private Credentials(RowSet rows) {
        for (ProjectRows project : rows.projects()) {
            project.deployments().forEach(row -> add(row.key().key(), row));
            String apiKey = apiKey(project.project());
            if (apiKey != null && project.project() != null) {
                add(apiKey, project.project());
            }
        }
    }

    /** The credentials in a ruleset. */
    static Credentials of(RowSet rows) {
        return new Credentials(rows);
    }

    private void add(String credential, Row row) {
        rowsByCredential
                .computeIfAbsent(credential, absent -> new ArrayList<>(1))
                .add(row);
    }

    private static @Nullable String apiKey(@Nullable Row row) {
        ProjectSettings settings = row == null ? null : new RowReader(new ArrayList<>()).project(row);
        return settings == null ? null : settings.apiKey();
    }

    /** Reports a deployment whose key others have. */
    void check(Deployment deployment, RowKey row, Problems place) {
        check(deployment.key(), row, place.member("key"));
    }

    /** Reports a project whose API key others have. */
    void check(ProjectSettings settings, RowKey row, Problems place) {
        if (settings.apiKey() != null) {
            check(settings.apiKey(), row, place.member(ProjectSettings.API_KEY));
        }
    }

    private void check(String credential, RowKey row, Problems place) {
        for (Row other : rowsByCredential.getOrDefault(credential, List.of())) {
            if (!other.key().equals(row)) {
                place.add("", "is the same as " + path(other));
            }
        }
    }

    private static String path(Row row) {
        Problems project = ProjectKeys.of(row.key().project(), new Problems("", new ArrayList<Problem>()));
        if (row.key().kind() == RowKind.PROJECT) {
            return project.member(ProjectSettings.API_KEY).path();
        }
        Deployment deployment = new RowReader(new ArrayList<>()).deployment(row);
        Problems deployments = project.member("deployments");
        return (deployment == null ? deployments : deployments.member(deployment.label()))
                .member("key")
                .path();
    }
}
