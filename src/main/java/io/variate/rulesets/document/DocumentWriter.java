package io.variate.rulesets.document;

import io.variate.json.Json;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writes rows as a ruleset document: in the flat form if there is only the project without a name, else with {@code
 * projects}. Definitions are written as stored.
 */
public final class DocumentWriter {
    private final Consumer<String> out;

    private DocumentWriter(Consumer<String> out) {
        this.out = out;
    }

    /** The document of a ruleset. */
    public static String json(RulesetRows ruleset) {
        StringBuilder json = new StringBuilder();
        write(ruleset, json::append);
        return json.toString();
    }

    /**
     * Writes the document of a ruleset.
     *
     * @param out receives the text in pieces, each at most as long as a definition
     */
    public static void write(RulesetRows ruleset, Consumer<String> out) {
        new DocumentWriter(out).document(ruleset.revision().number(), ruleset.rows());
    }

    private void document(long revision, RowSet rows) {
        out.accept("{\"revision\":" + revision + ",");
        if (rows.projects().stream().allMatch(project -> project.key().equals(ProjectKeys.UNNAMED))) {
            ProjectRows unnamed = rows.project(ProjectKeys.UNNAMED);
            if (unnamed == null) {
                out.accept("\"deployments\":[],\"flags\":[],\"cohorts\":[]");
            } else {
                content(unnamed);
            }
        } else {
            projects(rows);
        }
        out.accept("}");
    }

    private void projects(RowSet rows) {
        String separator = "\"projects\":{";
        for (ProjectRows project : rows.projects()) {
            out.accept(separator);
            out.accept(Json.write(project.key()));
            out.accept(":{");
            Row row = project.project();
            if (row != null) {
                settings(row);
            }
            content(project);
            out.accept("}");
            separator = ",";
        }
        out.accept("}");
    }

    /** Credentials that nobody can use, because the row cannot be read, are left out. */
    private void settings(Row row) {
        ProjectSettings settings = new RowReader(new ArrayList<>()).project(row);
        if (settings != null && settings.apiKey() != null) {
            String members = settings.definition();
            out.accept(members.substring(1, members.length() - 1));
            out.accept(",");
        }
    }

    private void content(ProjectRows project) {
        definitions("\"deployments\":[", project.deployments());
        definitions(",\"flags\":[", project.flags());
        definitions(",\"cohorts\":[", project.cohorts());
    }

    private void definitions(String start, List<Row> rows) {
        out.accept(start);
        String separator = "";
        for (Row row : rows) {
            out.accept(separator);
            out.accept(row.definition());
            separator = ",";
        }
        out.accept("]");
    }
}
