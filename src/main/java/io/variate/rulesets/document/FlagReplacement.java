package io.variate.rulesets.document;

import io.variate.engine.CompiledFlags;
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
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replaces one flag, or adds it at the end of its project. Of the other flags, only those to which dependencies lead are
 * read.
 *
 * @param defined a flag without errors of its own
 * @param compiled only that flag
 * @param own warnings of the flag itself
 */
record FlagReplacement(String project, DefinedFlag defined, CompiledFlags compiled, KnownFlags known, List<Problem> own)
        implements RulesetChange {

    static FlagReplacement read(String project, String key, String json, KnownFlags known) {
        RulesetReader.requireProjectKey(project);
        List<Problem> found = new ArrayList<>();
        Problems place = place(project, key, found);
        DefinedFlag flag = ProjectReader.flag(project, RulesetReader.parse(json), place, known);
        if (flag == null) {
            throw new InvalidRulesetException(found);
        }
        if (!flag.flag().key().equals(key)) {
            place.member("key").add("", "must be '" + key + "', the key of the flag to replace");
        }
        StorageLimits.check(flag.flag().key(), place.member("key"));
        CompiledFlags compiled = CompiledFlags.compile(List.of(flag.flag()));
        ProjectKeys.addAll(compiled.problems(), ProjectKeys.of(project, new Problems("", found)));
        new FlagAdvice(flag, place).addOwn();
        if (found.stream().anyMatch(Problem::isError)) {
            throw new InvalidRulesetException(found);
        }
        return new FlagReplacement(project, flag, compiled, known, found);
    }

    private static Problems place(String project, String key, List<Problem> found) {
        return ProjectKeys.of(project, new Problems("", found)).member("flags").member(key);
    }

    private String key() {
        return defined.flag().key();
    }

    @Override
    public KnownFlags flags() {
        KnownProject only = new KnownProject(List.of(defined), compiled);
        return key -> key.equals(project) ? only : null;
    }

    @Override
    public Outcome applyTo(RowSet present) {
        ProjectRows rows = present.project(project);
        if (rows == null && !project.equals(ProjectKeys.UNNAMED)) {
            throw UnknownElementException.project(project);
        }
        List<Problem> found = new ArrayList<>(own);
        FlagAdvice advice = new FlagAdvice(defined, place(project, key(), found));
        List<Row> flags = rows == null ? List.of() : rows.flags();
        Flags others = new Flags(flags);
        rejectCycle(others);
        advice.addMissing(others::contains, FlagOwners.others(present, project));
        if (rows != null) {
            advice.addStubs(others::flag, FlagAdvice.servedWithStubs(deployments(rows)));
        }
        Row before = others.replaced();
        if (before != null) {
            DefinedFlag replaced = others.read(before);
            if (replaced != null) {
                advice.addVersion(replaced.flag());
            }
            if (before.definition().equals(defined.definition())) {
                return new Outcome(present, found);
            }
        }
        RowKey rowKey = new RowKey(RowKind.FLAG, project, key());
        Row after = new Row(rowKey, before == null ? end(flags) : before.position(), defined.definition());
        return new Outcome(present.apply(new RowChanges(List.of(), List.of(after))), found);
    }

    /** The position after the last row. */
    private long end(List<Row> rows) {
        if (rows.isEmpty()) {
            return Positions.assign(List.of(key()), rows)[0];
        }
        Row last = rows.get(rows.size() - 1);
        return Positions.assign(List.of(last.key().key(), key()), List.of(last))[1];
    }

    private static List<Deployment> deployments(ProjectRows rows) {
        RowReader reader = new RowReader(new ArrayList<>());
        return rows.deployments().stream()
                .map(reader::deployment)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Follows dependencies, because only a path back to this flag can be a new cycle. */
    private void rejectCycle(Flags others) {
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(defined.flag().dependencies());
        while (!open.isEmpty()) {
            String next = open.remove();
            if (next.equals(key())) {
                List<Problem> found = new ArrayList<>();
                place(project, key(), found)
                        .member("dependencies")
                        .add(
                                "",
                                "lead back to this flag, so neither it nor the others on the cycle would be evaluated");
                throw new InvalidRulesetException(found);
            }
            Flag flag = seen.add(next) ? others.flag(next) : null;
            if (flag != null) {
                open.addAll(flag.dependencies());
            }
        }
    }

    /** The flags of the project, which are read on demand. */
    private final class Flags {
        private final List<Row> rows;
        private final RowReader reader = new RowReader(new ArrayList<>());

        /** By key; created for the first dependency, because most flags have none. */
        private @Nullable Map<String, Row> byKey;

        Flags(List<Row> rows) {
            this.rows = rows;
        }

        /** The row of the replaced flag. */
        @Nullable
        Row replaced() {
            for (Row row : rows) {
                if (row.key().key().equals(key())) {
                    return row;
                }
            }
            return null;
        }

        boolean contains(String key) {
            return byKey().containsKey(key);
        }

        @Nullable
        Flag flag(String key) {
            Row row = byKey().get(key);
            DefinedFlag flag = row == null ? null : read(row);
            return flag == null ? null : flag.flag();
        }

        private Map<String, Row> byKey() {
            Map<String, Row> present = byKey;
            if (present == null) {
                present = new HashMap<>(2 * rows.size());
                for (Row row : rows) {
                    present.put(row.key().key(), row);
                }
                byKey = present;
            }
            return present;
        }

        @Nullable
        DefinedFlag read(Row row) {
            DefinedFlag same = known.find(project, row.key().key(), row.definition());
            return same == null ? reader.flag(row) : same;
        }
    }
}
