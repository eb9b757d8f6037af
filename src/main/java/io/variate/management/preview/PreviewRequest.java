package io.variate.management.preview;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.rulesets.document.ElementChange;
import io.variate.rulesets.document.ProjectKeys;
import io.variate.rulesets.rows.RowKind;
import io.variate.simulation.SimulatedUser;
import io.variate.simulation.UsersReader;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/1/preview}: a JSON object, and optionally user objects after it, with nothing but white space
 * between them.
 *
 * @param project the key of the project to compare; empty for the project without a name
 * @param candidate the change
 * @param users at least one
 */
public record PreviewRequest(String project, Candidate candidate, List<SimulatedUser> users) {
    private static final UsersReader READER = new UsersReader("invalid_preview", "");
    private static final UsersReader USERS = new UsersReader("invalid_preview", "users.");

    /** The id of the project without a name. */
    private static final String UNNAMED_PROJECT = "1";

    private static final List<String> CANDIDATES = List.of("flags", "ruleset", "writes", "revision");
    private static final Set<String> FIELDS = Set.of("project", "users", "flags", "ruleset", "writes", "revision");

    /** A change to preview. */
    public sealed interface Candidate {}

    /** Flags to replace or add. */
    public record Flags(List<ElementChange> changes) implements Candidate {
        public Flags {
            changes = List.copyOf(changes);
        }
    }

    /** A ruleset document that replaces everything. */
    public record Document(String json) implements Candidate {}

    /** Management writes, as JSON text with the field {@code writes}. */
    public record Writes(String json) implements Candidate {}

    /** A past revision that replaces everything. */
    public record Revision(long number) implements Candidate {}

    /**
     * Reads a body. Expensive if it is large: call it on a worker thread.
     *
     * @throws InvalidRequestException naming the invalid field
     */
    public static PreviewRequest read(String body) {
        // One more than is allowed, to notice it.
        List<@Nullable Object> values = parse(body, 1 + UsersReader.MOST + 1);
        Map<?, ?> fields = READER.object(values.isEmpty() ? null : values.get(0), "body");
        READER.rejectUnknown(fields, FIELDS, "body");
        String project = project(fields.get("project"));
        return new PreviewRequest(
                project, candidate(fields, project), users(fields.get("users"), values.subList(1, values.size())));
    }

    private static List<@Nullable Object> parse(String body, int limit) {
        try {
            return Json.parseSequence(body, limit);
        } catch (JsonException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("bad_request", String.valueOf(e.getMessage()), "body"));
        }
    }

    private static String project(@Nullable Object id) {
        if (id == null || id.equals(UNNAMED_PROJECT)) {
            return ProjectKeys.UNNAMED;
        }
        if (id instanceof String key && !key.isEmpty() && ProjectKeys.isValid(key)) {
            return key;
        }
        throw READER.invalid("must be the id of a project", "project");
    }

    private static Candidate candidate(Map<?, ?> fields, String project) {
        List<String> given =
                CANDIDATES.stream().filter(name -> fields.get(name) != null).toList();
        if (given.size() != 1) {
            throw READER.invalid("must have exactly one of " + String.join(", ", CANDIDATES), "body");
        }
        Object value = fields.get(given.get(0));
        return switch (given.get(0)) {
            case "flags" -> flags(value, project);
            case "ruleset" -> new Document(Json.write(READER.object(value, "ruleset")));
            case "writes" -> new Writes(Json.write(Map.of("writes", array(value, "writes"))));
            default -> revision(value);
        };
    }

    private static Candidate flags(@Nullable Object value, String project) {
        List<?> list = array(value, "flags");
        List<ElementChange> changes = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            String path = "flags[" + i + "]";
            Map<?, ?> flag = READER.object(list.get(i), path);
            if (!(flag.get("key") instanceof String key) || key.isEmpty()) {
                throw READER.invalid("must be a string that is not empty", path + ".key");
            }
            changes.add(new ElementChange(RowKind.FLAG, project, key, Json.write(flag), path));
        }
        return new Flags(changes);
    }

    private static List<?> array(@Nullable Object value, String path) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw READER.invalid("must be an array", path);
    }

    private static Candidate revision(@Nullable Object value) {
        if (Json.typed(value) instanceof Long number && number >= 0) {
            return new Revision(number);
        }
        throw READER.invalid("must be a revision: an integer of at least 0", "revision");
    }

    /** @param lines the values that follow the object */
    private static List<SimulatedUser> users(@Nullable Object described, List<@Nullable Object> lines) {
        if ((described == null) == lines.isEmpty()) {
            throw READER.invalid("must be in the object, or follow it as objects of their own", "users");
        }
        if (described instanceof Map<?, ?> fields) {
            READER.rejectUnknown(fields, UsersReader.FIELDS, "users");
            return USERS.generated(fields);
        }
        return READER.given(described == null ? lines : array(described, "users"), "users");
    }
}
