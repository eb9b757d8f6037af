package io.variate.rulesets.document;

import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes elements as one. Reads only what changes, what it refers to and what refers to it.
 *
 * @param byProject the elements of each project, with distinct keys
 * @param known finds other flags without reading them
 * @param unnamedApiKey the API key of the project without a name, which no other project may have; null if it has none in
 *     the settings
 */
record ElementChanges(
        Map<String, Collection<ChangedElement>> byProject,
        KnownFlags known,
        @Nullable String unnamedApiKey) implements RulesetChange {

    static ElementChanges of(List<ChangedElement> elements, KnownFlags known) {
        return of(elements, known, null);
    }

    static ElementChanges of(List<ChangedElement> elements, KnownFlags known, @Nullable String unnamedApiKey) {
        Map<String, Map<RowKey, ChangedElement>> distinct = new LinkedHashMap<>();
        for (ChangedElement element : elements) {
            distinct.computeIfAbsent(element.change().project(), absent -> new LinkedHashMap<>())
                    .put(element.rowKey(), element);
        }
        Map<String, Collection<ChangedElement>> byProject = new LinkedHashMap<>();
        distinct.forEach((project, changed) -> byProject.put(project, changed.values()));
        return new ElementChanges(byProject, known, unnamedApiKey);
    }

    @Override
    public KnownFlags flags() {
        Map<String, KnownProject> read = new HashMap<>();
        byProject.forEach((project, elements) -> {
            List<DefinedFlag> flags = new ArrayList<>();
            for (ChangedElement element : elements) {
                if (element.element() instanceof DefinedFlag flag) {
                    flags.add(flag);
                }
            }
            read.put(project, KnownProject.read(flags));
        });
        return read::get;
    }

    @Override
    public Outcome applyTo(RowSet present) {
        List<Problem> found = new ArrayList<>();
        List<ProjectEdit> edits = new ArrayList<>();
        byProject.forEach((project, elements) -> {
            ProjectEdit edit = new ProjectEdit(project, elements, present.project(project), known);
            edit.differing().forEach(element -> found.addAll(element.problems()));
            edits.add(edit);
        });
        rejectErrors(found);
        List<RowKey> removed = new ArrayList<>();
        List<Row> changed = new ArrayList<>();
        for (ProjectEdit edit : edits) {
            RowChanges changes = edit.changes();
            removed.addAll(changes.removed());
            changed.addAll(changes.changed());
        }
        RowSet after = present.apply(new RowChanges(removed, changed));
        requireProjects(present, after);
        edits.forEach(edit -> edit.check(after, found));
        checkCredentials(edits, after, found);
        rejectErrors(found);
        return new Outcome(after, found);
    }

    private void checkCredentials(List<ProjectEdit> edits, RowSet after, List<Problem> found) {
        List<ChangedElement> changed =
                edits.stream().flatMap(edit -> edit.differing().stream()).toList();
        if (changed.stream().noneMatch(ChangedElement::hasCredential)) {
            return;
        }
        Credentials credentials = Credentials.of(after);
        for (ChangedElement element : changed) {
            rejectKeyOfUnnamedProject(element, element.place(found));
            if (element.element() instanceof Deployment deployment) {
                credentials.check(deployment, element.rowKey(), element.place(found));
            } else if (element.element() instanceof ProjectSettings settings) {
                credentials.check(settings, element.rowKey(), element.place(found));
            }
        }
    }

    /** Whoever sends the key would belong to two projects. */
    private void rejectKeyOfUnnamedProject(ChangedElement element, Problems place) {
        if (unnamedApiKey == null || element.change().project().equals(ProjectKeys.UNNAMED)) {
            return;
        }
        if (element.element() instanceof Deployment deployment
                && deployment.key().equals(unnamedApiKey)) {
            place.member("key").add("", ProjectDocument.KEY_OF_UNNAMED);
        } else if (element.element() instanceof ProjectSettings settings && unnamedApiKey.equals(settings.apiKey())) {
            place.member(ProjectSettings.API_KEY).add("", ProjectDocument.KEY_OF_UNNAMED);
        }
    }

    private static void rejectErrors(List<Problem> found) {
        if (found.stream().anyMatch(Problem::isError)) {
            throw new InvalidRulesetException(found);
        }
    }

    /** A named project exists by its own row: no other element creates it. */
    private void requireProjects(RowSet present, RowSet after) {
        for (String project : byProject.keySet()) {
            ProjectRows rows = after.project(project);
            boolean isUnnamed = project.equals(ProjectKeys.UNNAMED);
            if (!isUnnamed && rows != null && rows.project() == null && present.project(project) == null) {
                throw UnknownElementException.project(project);
            }
        }
    }
}
