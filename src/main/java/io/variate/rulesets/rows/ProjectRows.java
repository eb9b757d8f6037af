package io.variate.rulesets.rows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one project, each kind in document order. Immutable; the same instance is kept as long as no row of the
 * project changes, and the same list as long as no row of its kind changes.
 *
 * @param project the row of the project itself, or null for a project without settings of its own
 */
public record ProjectRows(
        String key, @Nullable Row project, List<Row> deployments, List<Row> flags, List<Row> cohorts) {

    public ProjectRows {
        deployments = List.copyOf(deployments);
        flags = List.copyOf(flags);
        cohorts = List.copyOf(cohorts);
    }

    /** A project without rows. */
    static ProjectRows empty(String key) {
        return new ProjectRows(key, null, List.of(), List.of(), List.of());
    }

    /** The rows of a kind. */
    public List<Row> of(RowKind kind) {
        return switch (kind) {
            case PROJECT -> project == null ? List.of() : List.of(project);
            case DEPLOYMENT -> deployments;
            case FLAG -> flags;
            case COHORT -> cohorts;
        };
    }

    boolean isEmpty() {
        return project == null && deployments.isEmpty() && flags.isEmpty() && cohorts.isEmpty();
    }

    /** The number of rows. */
    int size() {
        return (project == null ? 0 : 1) + deployments.size() + flags.size() + cohorts.size();
    }

    /** These rows, after changes that all belong to this project. Reports each row that it replaces or removes. */
    ProjectRows apply(RowChanges changes, List<Row> replaced) {
        Map<RowKind, List<Row>> changed = new HashMap<>();
        changes.changed().forEach(row -> changed.computeIfAbsent(row.key().kind(), absent -> new ArrayList<>())
                .add(row));
        Map<RowKind, Set<String>> gone = new HashMap<>();
        changes.removed().forEach(key -> gone.computeIfAbsent(key.kind(), absent -> new HashSet<>())
                .add(key.key()));
        List<Row> projects = merge(RowKind.PROJECT, changed, gone, replaced);
        return new ProjectRows(
                key,
                projects.isEmpty() ? null : projects.get(0),
                merge(RowKind.DEPLOYMENT, changed, gone, replaced),
                merge(RowKind.FLAG, changed, gone, replaced),
                merge(RowKind.COHORT, changed, gone, replaced));
    }

    /** One pass over the rows, and the present list if none of them changes. */
    private List<Row> merge(
            RowKind kind,
            Map<RowKind, List<Row>> changedByKind,
            Map<RowKind, Set<String>> removed,
            List<Row> replaced) {
        List<Row> changed = changedByKind.getOrDefault(kind, List.of());
        Set<String> dropped = new HashSet<>(removed.getOrDefault(kind, Set.of()));
        List<Row> present = of(kind);
        if (changed.isEmpty() && dropped.isEmpty()) {
            return present;
        }
        changed.forEach(row -> dropped.add(row.key().key()));
        List<Row> inserted = changed.stream().sorted(Row.IN_ORDER).toList();
        List<Row> merged = new ArrayList<>(present.size() + inserted.size());
        int next = 0;
        for (Row row : present) {
            if (dropped.contains(row.key().key())) {
                replaced.add(row);
            } else {
                while (next < inserted.size() && Row.IN_ORDER.compare(inserted.get(next), row) < 0) {
                    merged.add(inserted.get(next++));
                }
                merged.add(row);
            }
        }
        merged.addAll(inserted.subList(next, inserted.size()));
        return List.copyOf(merged);
    }

    /** These rows, with the instances of earlier ones where they are equal, and the earlier lists where all are. */
    ProjectRows sharing(ProjectRows earlier) {
        List<Row> projects = share(of(RowKind.PROJECT), earlier.of(RowKind.PROJECT));
        ProjectRows shared = new ProjectRows(
                key,
                projects.isEmpty() ? null : projects.get(0),
                share(deployments, earlier.deployments),
                share(flags, earlier.flags),
                share(cohorts, earlier.cohorts));
        return shared.isSameAs(earlier) ? earlier : shared;
    }

    @SuppressWarnings("ReferenceEquality") // the same instance stands for an unchanged row
    private boolean isSameAs(ProjectRows other) {
        return project == other.project
                && deployments == other.deployments
                && flags == other.flags
                && cohorts == other.cohorts;
    }

    private static List<Row> share(List<Row> rows, List<Row> earlier) {
        if (rows.equals(earlier)) {
            return earlier;
        }
        Map<RowKey, Row> byKey = new HashMap<>();
        earlier.forEach(row -> byKey.put(row.key(), row));
        return rows.stream()
                .map(row -> {
                    Row same = byKey.get(row.key());
                    return same != null && row.equals(same) ? same : row;
                })
                .toList();
    }
}
