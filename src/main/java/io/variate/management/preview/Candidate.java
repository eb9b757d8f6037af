package io.variate.management.preview;

import io.variate.json.Json;
import io.variate.rulesets.document.ElementChange;
import io.variate.rulesets.rows.RowKind;
import io.variate.simulation.UsersReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A change that is not saved. */
public sealed interface Candidate {
    /** The fields of requests that have a candidate. */
    Set<String> FIELDS = Set.of("flags", "ruleset", "writes", "revision");

    /** Flags to replace or add. */
    record Flags(List<ElementChange> changes) implements Candidate {
        public Flags {
            changes = List.copyOf(changes);
        }
    }

    /** A ruleset document that replaces everything. */
    record Document(String json) implements Candidate {}

    /** Management writes, as JSON text with the field {@code writes}. */
    record Writes(String json) implements Candidate {}

    /** A past revision that replaces everything. */
    record Revision(long number) implements Candidate {}

    /**
     * Reads the candidate in a field.
     *
     * @param field one of {@link #FIELDS}
     * @param project the key of the project of flags
     * @throws io.variate.web.InvalidRequestException naming the invalid field
     */
    static Candidate read(String field, @Nullable Object value, String project, UsersReader reader) {
        return switch (field) {
            case "flags" -> flags(value, project, reader);
            case "ruleset" -> new Document(Json.write(reader.object(value, field)));
            case "writes" -> new Writes(Json.write(Map.of(field, reader.array(value, field))));
            default -> revision(value, reader);
        };
    }

    private static Candidate flags(@Nullable Object value, String project, UsersReader reader) {
        List<?> list = reader.array(value, "flags");
        List<ElementChange> changes = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            String path = "flags[" + i + "]";
            Map<?, ?> flag = reader.object(list.get(i), path);
            if (!(flag.get("key") instanceof String key) || key.isEmpty()) {
                throw reader.invalid("must be a string that is not empty", path + ".key");
            }
            changes.add(new ElementChange(RowKind.FLAG, project, key, Json.write(flag), path));
        }
        return new Flags(changes);
    }

    private static Candidate revision(@Nullable Object value, UsersReader reader) {
        if (Json.typed(value) instanceof Long number && number >= 0) {
            return new Revision(number);
        }
        throw reader.invalid("must be a revision: an integer of at least 0", "revision");
    }
}
