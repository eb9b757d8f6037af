package io.variate.rulesets.rows;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All rows of a ruleset, by project. Immutable. A change copies references of the projects that it touches, and keeps
 * everything else.
 */
public final class RowSet {
    /** No rows. */
    public static final RowSet EMPTY = new RowSet(new TreeMap<>(), Digest.EMPTY);

    private final SortedMap<String, ProjectRows> byProject;
    private final Digest digest;

    private RowSet(SortedMap<String, ProjectRows> byProject, Digest digest) {
        this.byProject = byProject;
        this.digest = digest;
    }

    /** A set of rows with distinct keys, in any order. */
    public static RowSet of(Collection<Row> rows) {
        return EMPTY.apply(new RowChanges(List.of(), List.copyOf(rows)));
    }

    /** The digest of all rows. */
    public Digest digest() {
        return digest;
    }

    /** Projects with rows, ordered by key; the unnamed one first. */
    public Collection<ProjectRows> projects() {
        return Collections.unmodifiableCollection(byProject.values());
    }

    /** The rows of a project, or null if it has none. */
    public @Nullable ProjectRows project(String key) {
        return byProject.get(key);
    }

    /** The number of rows. */
    public int size() {
        return byProject.values().stream().mapToInt(ProjectRows::size).sum();
    }

    /** All rows. */
    public List<Row> all() {
        List<Row> all = new ArrayList<>();
        for (ProjectRows project : byProject.values()) {
            for (RowKind kind : RowKind.values()) {
                all.addAll(project.of(kind));
            }
        }
        return all;
    }

    /** These rows after a change. Keys to remove that do not exist are ignored. */
    public RowSet apply(RowChanges changes) {
        if (changes.isEmpty()) {
            return this;
        }
        Map<String, List<RowKey>> removed = new HashMap<>();
        changes.removed().forEach(key -> removed.computeIfAbsent(key.project(), absent -> new ArrayList<>())
                .add(key));
        Map<String, List<Row>> changed = new LinkedHashMap<>();
        changes.changed().forEach(row -> changed.computeIfAbsent(row.key().project(), absent -> new ArrayList<>())
                .add(row));
        removed.keySet().forEach(project -> changed.putIfAbsent(project, List.of()));
        TreeMap<String, ProjectRows> next = new TreeMap<>(byProject);
        List<Row> replaced = new ArrayList<>();
        changed.forEach((project, rows) -> {
            ProjectRows before = next.getOrDefault(project, ProjectRows.empty(project));
            ProjectRows after = before.apply(new RowChanges(removed.getOrDefault(project, List.of()), rows), replaced);
            if (after.isEmpty()) {
                next.remove(project);
            } else {
                next.put(project, after);
            }
        });
        Digest sum = digest;
        for (Row row : replaced) {
            sum = sum.minus(row.digest());
        }
        for (Row row : changes.changed()) {
            sum = sum.plus(row.digest());
        }
        return new RowSet(next, sum);
    }

    /** The change that leads from these rows to other ones. */
    @SuppressWarnings("ReferenceEquality") // the same instance stands for unchanged rows
    public RowChanges changesTo(RowSet other) {
        List<RowKey> removed = new ArrayList<>();
        List<Row> changed = new ArrayList<>();
        for (ProjectRows before : byProject.values()) {
            ProjectRows after = other.byProject.getOrDefault(before.key(), ProjectRows.empty(before.key()));
            if (before != after) {
                addChanges(before, after, removed, changed);
            }
        }
        for (ProjectRows after : other.byProject.values()) {
            if (!byProject.containsKey(after.key())) {
                addChanges(ProjectRows.empty(after.key()), after, removed, changed);
            }
        }
        return new RowChanges(removed, changed);
    }

    @SuppressWarnings("ReferenceEquality") // as above
    private static void addChanges(ProjectRows before, ProjectRows after, List<RowKey> removed, List<Row> changed) {
        for (RowKind kind : RowKind.values()) {
            if (before.of(kind) != after.of(kind)) {
                addChanges(before.of(kind), after.of(kind), removed, changed);
            }
        }
    }

    /** Both lists are in order, so one pass over them leaves only rows that differ to be looked up by key. */
    private static void addChanges(List<Row> before, List<Row> after, List<RowKey> removed, List<Row> changed) {
        Map<RowKey, Row> missing = new LinkedHashMap<>();
        List<Row> added = new ArrayList<>();
        int next = 0;
        for (Row row : after) {
            int order = -1;
            while (next < before.size() && (order = order(before.get(next), row)) < 0) {
                missing.put(before.get(next).key(), before.get(next));
                next++;
            }
            boolean isInPlace = next < before.size() && order == 0;
            if (!isInPlace) {
                added.add(row);
            } else if (!row.equals(before.get(next++))) {
                changed.add(row);
            }
        }
        before.subList(next, before.size()).forEach(row -> missing.put(row.key(), row));
        for (Row row : added) {
            missing.remove(row.key());
            changed.add(row);
        }
        removed.addAll(missing.keySet());
    }

    @SuppressWarnings("ReferenceEquality") // as above
    private static int order(Row row, Row other) {
        return row == other ? 0 : Row.IN_ORDER.compare(row, other);
    }

    /** These rows, with the instances of earlier ones where they are equal. */
    public RowSet sharing(RowSet earlier) {
        TreeMap<String, ProjectRows> shared = new TreeMap<>();
        byProject.forEach((project, rows) -> {
            ProjectRows before = earlier.byProject.get(project);
            shared.put(project, before == null ? rows : rows.sharing(before));
        });
        return new RowSet(shared, digest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowSet that && digest.equals(that.digest) && byProject.equals(that.byProject);
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    @Override
    public String toString() {
        return "RowSet[" + size() + " rows, " + digest + "]";
    }
}
