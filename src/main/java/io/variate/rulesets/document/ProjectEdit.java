package io.variate.rulesets.document;

import io.variate.checks.FlagChange;
import io.variate.checks.References;
import io.variate.checks.SaltUses;
import io.variate.engine.model.Flag;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.Positions;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowKind;
import io.variate.rulesets.rows.RowSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The change of some elements of one project against its stored rows: what differs, and what that breaks. Used by one
 * thread.
 */
final class ProjectEdit {
    private final String project;
    private final KnownFlags known;
    private final @Nullable ProjectRows before;

    /** The stored rows of the elements. */
    private final Map<RowKey, Row> stored = new HashMap<>();

    /** The elements that differ from their rows. */
    private final List<ChangedElement> differing = new ArrayList<>();

    /**
     * @param elements with distinct keys
     * @param before the stored rows of the project, or null if it has none
     */
    ProjectEdit(String project, Collection<ChangedElement> elements, @Nullable ProjectRows before, KnownFlags known) {
        this.project = project;
        this.before = before;
        this.known = known;
        for (RowKind kind : RowKind.values()) {
            Set<RowKey> keys = new HashSet<>();
            elements.stream()
                    .filter(element -> element.change().kind() == kind)
                    .forEach(element -> keys.add(element.rowKey()));
            if (!keys.isEmpty()) {
                rows(kind).stream().filter(row -> keys.contains(row.key())).forEach(row -> stored.put(row.key(), row));
            }
        }
        elements.stream().filter(this::differs).forEach(differing::add);
    }

    private List<Row> rows(RowKind kind) {
        return before == null ? List.of() : before.of(kind);
    }

    private boolean differs(ChangedElement element) {
        Row row = stored.get(element.rowKey());
        return element.isRemoval() ? row != null : row == null || !element.isStoredAs(row.definition());
    }

    /** The elements that differ from their rows. */
    List<ChangedElement> differing() {
        return differing;
    }

    private List<ChangedElement> differing(RowKind kind) {
        return differing.stream()
                .filter(element -> element.change().kind() == kind)
                .toList();
    }

    /** What changes in the rows. No element may have errors of its own. New rows go to the end of their kind. */
    RowChanges changes() {
        List<RowKey> removed = new ArrayList<>();
        List<Row> changed = new ArrayList<>();
        for (RowKind kind : RowKind.values()) {
            List<ChangedElement> added = new ArrayList<>();
            for (ChangedElement element : differing(kind)) {
                Row row = stored.get(element.rowKey());
                if (element.isRemoval()) {
                    removed.add(element.rowKey());
                } else if (row == null) {
                    added.add(element);
                } else {
                    changed.add(new Row(row.key(), row.position(), definition(element)));
                }
            }
            long[] positions = end(rows(kind), added);
            for (int i = 0; i < added.size(); i++) {
                changed.add(new Row(added.get(i).rowKey(), positions[i], definition(added.get(i))));
            }
        }
        return new RowChanges(removed, changed);
    }

    private static String definition(ChangedElement element) {
        return Objects.requireNonNull(element.element(), "an element without errors")
                .definition();
    }

    /** Positions after the last row. */
    private static long[] end(List<Row> rows, List<ChangedElement> added) {
        if (added.isEmpty()) {
            return new long[0];
        }
        List<Row> last = rows.isEmpty() ? List.of() : rows.subList(rows.size() - 1, rows.size());
        List<String> keys = new ArrayList<>();
        last.forEach(row -> keys.add(row.key().key()));
        added.forEach(element -> keys.add(element.key()));
        long[] positions = Positions.assign(keys, last);
        return Arrays.copyOfRange(positions, last.size(), positions.length);
    }

    /**
     * Checks what the elements refer to, and what refers to them.
     *
     * @param all the rows of the ruleset after the change
     */
    void check(RowSet all, List<Problem> found) {
        ProjectRows after = all.project(project);
        List<DefinedFlag> defined = new ArrayList<>();
        for (ChangedElement element : differing) {
            if (element.element() instanceof DefinedFlag flag) {
                defined.add(flag);
            }
        }
        ProjectFlags flags = new ProjectFlags(project, after, defined, known);
        // The author may not know other projects.
        References references = new References(flags::contains, key -> null, cohorts(after));
        SaltUses salts = new SaltUses(flags.changed(), flags::known);
        Stubs stubs = new Stubs(after);
        for (ChangedElement element : differing) {
            Problems place = element.place(found);
            if (element.element() instanceof DefinedFlag flag) {
                addCycle(flag.flag(), flags, place);
                references.addErrors(flag.flag(), place);
                salts.addWarnings(flag.flag(), place);
                new FlagAdvice(flag, place).addStubs(flags::find, stubs);
                Row row = stored.get(element.rowKey());
                DefinedFlag replaced = row == null ? null : flags.read(row);
                if (replaced != null) {
                    new FlagChange(replaced.flag(), flag.flag()).addWarnings(place);
                }
            } else if (element.element() instanceof Deployment deployment) {
                ProjectReader.reportUnknownFlags(deployment, flags::contains, place.member("flags"));
            }
        }
        addUses(after, flags, found);
    }

    /** The cohorts are known if there were some before, because the change may remove the last one. */
    private @Nullable Predicate<String> cohorts(@Nullable ProjectRows after) {
        Set<String> uploaded = known.uploadedCohorts(project);
        Set<String> written = KnownCohorts.ids(after);
        boolean hadCohorts = before != null && !before.cohorts().isEmpty();
        return hadCohorts ? id -> written.contains(id) || uploaded.contains(id) : KnownCohorts.of(written, uploaded);
    }

    /** The flags that some deployment delivers with stubs of remote flags. Reads the deployments at the first use. */
    private static final class Stubs implements Predicate<String> {
        private final @Nullable ProjectRows rows;
        private @Nullable Predicate<String> flags;

        Stubs(@Nullable ProjectRows rows) {
            this.rows = rows;
        }

        @Override
        public boolean test(String flag) {
            Predicate<String> read = flags;
            if (read == null) {
                read = FlagAdvice.servedWithStubs(deployments(rows));
                flags = read;
            }
            return read.test(flag);
        }
    }

    private static List<Deployment> deployments(@Nullable ProjectRows rows) {
        RowReader reader = new RowReader(new ArrayList<>());
        return rows == null
                ? List.of()
                : rows.deployments().stream()
                        .map(reader::deployment)
                        .filter(Objects::nonNull)
                        .toList();
    }

    /** Follows dependencies, because only a path back to this flag can be a new cycle. */
    private static void addCycle(Flag flag, ProjectFlags flags, Problems place) {
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(flag.dependencies());
        while (!open.isEmpty()) {
            String next = open.remove();
            if (next.equals(flag.key())) {
                place.member("dependencies")
                        .add(
                                "",
                                "lead back to this flag, so neither it nor the others on the cycle would be evaluated");
                return;
            }
            Flag dependency = seen.add(next) ? flags.find(next) : null;
            if (dependency != null) {
                open.addAll(dependency.dependencies());
            }
        }
    }

    /** Reports uses of removed flags and cohorts by elements that the change does not define. */
    private void addUses(@Nullable ProjectRows after, ProjectFlags flags, List<Problem> found) {
        Set<String> removed = removed(RowKind.FLAG);
        Set<String> removedCohorts = removed(RowKind.COHORT);
        removedCohorts.removeAll(known.uploadedCohorts(project));
        Problems place = ProjectKeys.of(project, new Problems("", found));
        if (!removed.isEmpty()) {
            Set<String> defined = new HashSet<>();
            differing(RowKind.DEPLOYMENT).forEach(element -> defined.add(element.key()));
            ElementPaths paths = new ElementPaths(place.member("deployments"));
            for (Deployment deployment : deployments(after)) {
                Problems listed = paths.next(deployment.label()).member("flags");
                if (!defined.contains(deployment.key())) {
                    addUses(deployment.flags(), removed, listed, "lists the flag '%s', so it cannot be removed");
                }
            }
        }
        Set<String> keys = new HashSet<>(removed);
        keys.addAll(removedCohorts);
        for (Flag flag : keys.isEmpty() ? List.<Flag>of() : flags.unchangedWith(keys)) {
            Problems flagPlace = place.member("flags").member(flag.key());
            addUses(
                    flag.dependencies(),
                    removed,
                    flagPlace.member("dependencies"),
                    "depends on the flag '%s', so it cannot be removed");
            References.addUses(flag, removedCohorts, flagPlace);
        }
    }

    private Set<String> removed(RowKind kind) {
        Set<String> removed = new LinkedHashSet<>();
        for (ChangedElement element : differing(kind)) {
            if (element.isRemoval()) {
                removed.add(element.key());
            }
        }
        return removed;
    }

    private static void addUses(List<String> keys, Set<String> removed, Problems place, String reason) {
        for (int i = 0; i < keys.size(); i++) {
            if (removed.contains(keys.get(i))) {
                place.element(i).add("", reason.formatted(keys.get(i)));
            }
        }
    }
}
