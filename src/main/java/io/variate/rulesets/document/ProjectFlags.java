package io.variate.rulesets.document;

import io.variate.engine.model.Flag;
import io.variate.json.Json;
import io.variate.json.LoneSurrogates;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import io.variate.rulesets.rows.ProjectRows;
import io.variate.rulesets.rows.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags of one project after a change. Reads flags on demand, because a change must not cost the whole project. Not
 * thread-safe.
 */
final class ProjectFlags {
    private final String project;
    private final List<Row> rows;
    private final KnownFlags known;
    private final Map<String, DefinedFlag> changed = new HashMap<>();
    private final RowReader reader = new RowReader(new ArrayList<>());

    /** By key; created for the first lookup, because most flags have no dependencies. */
    private @Nullable Map<String, Row> byKey;

    /**
     * @param after the rows of the project after the change, or null if it has none
     * @param changed the flags that the change defines
     */
    ProjectFlags(String project, @Nullable ProjectRows after, Collection<DefinedFlag> changed, KnownFlags known) {
        this.project = project;
        this.rows = after == null ? List.of() : after.flags();
        this.known = known;
        changed.forEach(flag -> this.changed.put(flag.flag().key(), flag));
    }

    boolean contains(String key) {
        return changed.containsKey(key) || byKey().containsKey(key);
    }

    /** The flag with a key, or null if there is none or its row cannot be read. */
    @Nullable
    Flag find(String key) {
        DefinedFlag flag = changed.get(key);
        if (flag == null) {
            Row row = byKey().get(key);
            flag = row == null ? null : read(row);
        }
        return flag == null ? null : flag.flag();
    }

    /** The flags that the change defines. */
    List<Flag> changed() {
        return changed.values().stream().map(DefinedFlag::flag).toList();
    }

    /**
     * The flags of the project that are known without reading them: those of the served ruleset, and then those that the
     * change defines.
     */
    List<Flag> known() {
        List<Flag> flags = new ArrayList<>();
        KnownProject served = known.project(project);
        if (served != null) {
            served.flags().forEach(flag -> flags.add(flag.flag()));
        }
        flags.addAll(changed());
        return flags;
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

    /** Reads a row of the project, of any state; null if it cannot be read. */
    @Nullable
    DefinedFlag read(Row row) {
        DefinedFlag same = known.find(project, row.key().key(), row.definition());
        return same == null ? reader.flag(row) : same;
    }

    /**
     * The flags that the change does not define and whose text contains one of some keys, in order. Unknown flags without
     * such a key are not read.
     */
    List<Flag> unchangedWith(Collection<String> keys) {
        List<String> written =
                keys.stream().map(key -> LoneSurrogates.escape(Json.write(key))).toList();
        List<Flag> found = new ArrayList<>();
        for (Row row : rows) {
            String key = row.key().key();
            if (!changed.containsKey(key)) {
                DefinedFlag flag = known.find(project, key, row.definition());
                if (flag == null && written.stream().anyMatch(row.definition()::contains)) {
                    flag = reader.flag(row);
                }
                if (flag != null) {
                    found.add(flag.flag());
                }
            }
        }
        return found;
    }
}
