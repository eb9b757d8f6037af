package io.variate.management;

import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.model.ManagedCohort;
import io.variate.management.model.ManagedDeployment;
import io.variate.management.model.ManagedProject;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import io.variate.management.translation.CompilerSettings;
import io.variate.rulesets.document.Deployment;
import io.variate.rulesets.document.ElementChange;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.rulesets.document.RowReader;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import io.variate.store.StoredVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Compiles the resources of a draft that changed, or that depend on changed ones, to changes of rows. */
final class RowCompiler {
    private final Draft draft;
    private final RowSet rows;
    private final Map<Long, StoredVersion> lastCompiled;
    private final CompilerSettings settings;
    private final WritePlaces places;
    private final List<Problem> warnings = new ArrayList<>();
    private final List<ElementChange> changes = new ArrayList<>();
    private final Map<Long, String> before = new HashMap<>();
    private final Map<Long, String> after = new HashMap<>();
    private final Map<RowKey, Row> index = new HashMap<>();
    private final Set<String> indexed = new LinkedHashSet<>();

    /** @param lastCompiled the latest version of each resource that had a row */
    RowCompiler(
            Draft draft,
            RowSet rows,
            Map<Long, StoredVersion> lastCompiled,
            CompilerSettings settings,
            WritePlaces places) {
        this.places = places;
        this.draft = draft;
        this.rows = rows;
        this.lastCompiled = lastCompiled;
        this.settings = settings;
    }

    /**
     * The compiled resources.
     *
     * @param changes of rows
     * @param before the definitions of the rows before, by the id of their resource
     * @param after the definitions of the rows after, likewise
     * @param warnings what is valid but may not be intended
     */
    record Compiled(
            List<ElementChange> changes, Map<Long, String> before, Map<Long, String> after, List<Problem> warnings) {}

    Compiled compile() {
        Set<Long> ids = new LinkedHashSet<>(draft.changed());
        ids.addAll(draft.affected());
        Map<Long, FlagLists> deployed = new TreeMap<>();
        for (long id : ids) {
            Resource old = draft.before(id);
            Resource now = draft.after(id);
            Resource resource = now == null ? old : now;
            if (resource == null) {
                continue;
            }
            ResourceKind kind = resource.kind();
            if (kind == ResourceKind.DEPLOYMENT) {
                deployed.putIfAbsent(id, new FlagLists());
            } else {
                places.check(id, () -> compile(old, now));
            }
            if (kind == ResourceKind.FLAG || kind == ResourceKind.EXPERIMENT) {
                addServed(old, now, deployed);
            }
        }
        deployed.forEach(this::compileDeployment);
        return new Compiled(changes, before, after, warnings);
    }

    /** Keys of flags that leave and join a deployment. */
    private static final class FlagLists {
        final Set<String> leaving = new LinkedHashSet<>();
        final Set<String> joining = new LinkedHashSet<>();
    }

    private static void addServed(@Nullable Resource old, @Nullable Resource now, Map<Long, FlagLists> deployed) {
        if (old != null && !old.archived()) {
            for (long id : StoredForm.deployments(old)) {
                deployed.computeIfAbsent(id, absent -> new FlagLists()).leaving.add(old.key());
            }
        }
        if (now != null && !now.archived()) {
            for (long id : StoredForm.deployments(now)) {
                deployed.computeIfAbsent(id, absent -> new FlagLists()).joining.add(now.key());
            }
        }
    }

    private void compile(@Nullable Resource old, @Nullable Resource now) {
        RowKey oldKey = old == null || old.archived() ? null : rowKey(old);
        RowKey newKey = now == null || now.archived() ? null : rowKey(now);
        Row present = oldKey == null ? null : row(oldKey);
        if (old != null && present != null) {
            before.put(old.id(), present.definition());
        }
        if (oldKey != null && present != null && !oldKey.equals(newKey)) {
            changes.add(change(old, oldKey, null));
        }
        if (now != null && newKey != null && needsRow(now)) {
            String definition = definition(now, present);
            after.put(now.id(), definition);
            Row replaced = row(newKey);
            if (replaced == null || !replaced.definition().equals(definition)) {
                changes.add(change(now, newKey, definition));
            }
        }
    }

    /** The project without a name exists without a row, unless it has settings. */
    private boolean needsRow(Resource now) {
        return !(now instanceof ManagedProject project)
                || !project.project().isEmpty()
                || !project.settings().equals(ManagedProject.NO_SETTINGS)
                || row(rowKey(now)) != null;
    }

    private String definition(Resource now, @Nullable Row present) {
        if (now instanceof RawFlag flag) {
            return flag.definition();
        }
        if (now instanceof ManagedCohort cohort) {
            return cohort.definition();
        }
        if (now instanceof ManagedProject project) {
            return project.settings();
        }
        StoredVersion last = lastCompiled.get(now.id());
        String earlier = present != null ? present.definition() : last == null ? null : last.compiled();
        CompiledDefinition compiled = CompiledDefinition.of(now, draft, settings, earlier, present != null);
        warnings.addAll(compiled.warnings());
        return compiled.definition();
    }

    private static ElementChange change(@Nullable Resource resource, RowKey key, @Nullable String definition) {
        String path = resource == null ? "" : path(resource);
        return new ElementChange(key.kind(), key.project(), key.key(), definition, path);
    }

    /** Where problems are; a deployment is named by its label, because its key is secret. */
    static String path(Resource resource) {
        Problems project = ProjectKeys.of(resource.project(), new Problems("", List.of()));
        if (resource instanceof ManagedDeployment deployment) {
            return project.member("deployments").member(deployment.label()).path();
        }
        return switch (resource.kind()) {
            case PROJECT -> project.path();
            case COHORT -> project.member("cohorts").member(resource.key()).path();
            default -> project.member("flags").member(resource.key()).path();
        };
    }

    static RowKey rowKey(Resource resource) {
        return switch (resource.kind()) {
            case PROJECT -> new RowKey(RowKind.PROJECT, resource.project(), "");
            case DEPLOYMENT -> new RowKey(RowKind.DEPLOYMENT, resource.project(), resource.key());
            case COHORT -> new RowKey(RowKind.COHORT, resource.project(), resource.key());
            default -> new RowKey(RowKind.FLAG, resource.project(), resource.key());
        };
    }

    private void compileDeployment(long id, FlagLists lists) {
        ManagedDeployment old = draft.before(id) instanceof ManagedDeployment deployment ? deployment : null;
        ManagedDeployment now = draft.after(id) instanceof ManagedDeployment deployment ? deployment : null;
        RowKey oldKey = old == null || old.archived() ? null : rowKey(old);
        RowKey newKey = now == null || now.archived() ? null : rowKey(now);
        Row present = oldKey == null ? null : row(oldKey);
        if (present != null) {
            before.put(id, present.definition());
        }
        if (oldKey != null && present != null && !oldKey.equals(newKey)) {
            changes.add(change(old, oldKey, null));
        }
        if (now == null || newKey == null) {
            return;
        }
        Deployment row = present == null ? null : new RowReader(new ArrayList<>()).deployment(present);
        List<String> flags = row == null || row.hasAllFlags() ? allServed(now) : new ArrayList<>(row.flags());
        if (old != null) {
            flags.removeAll(old.otherFlags());
        }
        flags.removeIf(key -> lists.leaving.contains(key) && !lists.joining.contains(key));
        List<String> added = new ArrayList<>(lists.joining);
        added.addAll(now.otherFlags());
        added.stream().filter(key -> !flags.contains(key)).forEach(flags::add);
        String definition = DeploymentRows.definition(now, flags);
        after.put(id, definition);
        if (present == null || !definition.equals(present.definition())) {
            boolean isSame = row != null
                    && oldKey != null
                    && oldKey.equals(newKey)
                    && DeploymentRows.deployment(now, flags).equals(row);
            if (!isSame) {
                changes.add(change(now, newKey, definition));
            }
        }
    }

    /** The keys of all flags that name a deployment, in the order of their creation. */
    private List<String> allServed(ManagedDeployment deployment) {
        Map<Long, String> keys = new LinkedHashMap<>();
        draft.currentSources(deployment.id(), StoredForm.DEPLOYMENT).stream()
                .sorted(Comparator.naturalOrder())
                .forEach(id -> {
                    Resource flag = draft.active(id);
                    if (flag != null) {
                        keys.put(id, flag.key());
                    }
                });
        return new ArrayList<>(keys.values());
    }

    private @Nullable Row row(RowKey key) {
        String place = key.kind() + "/" + key.project();
        if (indexed.add(place)) {
            ProjectRows project = rows.project(key.project());
            if (project != null) {
                project.of(key.kind()).forEach(row -> index.put(row.key(), row));
            }
        }
        return index.get(key);
    }
}
