package io.variate.rulesets.document;

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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The keys of deployments and the API keys of projects. Each identifies one project, so all of them must differ. Not
 * thread-safe.
 */
final class Credentials {
    private final RowSet rows;
    private final Map<String, List<Row>> rowsByCredential = new HashMap<>();

    private Credentials(RowSet rows) {
        this.rows = rows;
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

    private String path(Row row) {
        Problems project = ProjectKeys.of(row.key().project(), new Problems("", new ArrayList<>()));
        if (row.key().kind() == RowKind.PROJECT) {
            return project.member(ProjectSettings.API_KEY).path();
        }
        RowReader reader = new RowReader(new ArrayList<>());
        ElementPaths paths = new ElementPaths(project.member("deployments"));
        for (Row other :
                Objects.requireNonNull(rows.project(row.key().project())).deployments()) {
            Deployment deployment = reader.deployment(other);
            Problems place = paths.next(deployment == null ? null : deployment.label());
            if (other.key().equals(row.key())) {
                return place.member("key").path();
            }
        }
        throw new IllegalStateException("the row is not among those of its project");
    }
}
