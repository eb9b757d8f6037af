package io.variate.management.preview;

import io.variate.rulesets.document.ProjectKeys;
import io.variate.simulation.SimulatedUser;
import io.variate.simulation.UsersReader;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A request to evaluate flags of a project for some users, perhaps with a change that is not saved. The fields that only
 * simulations have are those of {@code POST /v1/simulate}, or {@code users} as in a preview.
 *
 * @param project the key of the project; empty for the project without a name
 * @param candidate the change; null for none
 * @param flagKeys the flags to evaluate, in order; empty means all
 * @param users at least one
 */
public record DraftRequest(
        String project, @Nullable Candidate candidate, Set<String> flagKeys, List<SimulatedUser> users) {
    private static final UsersReader OF_ONE_USER = new UsersReader("invalid_explanation", "");
    private static final UsersReader OF_USERS = new UsersReader("invalid_simulation", "");

    private static final String PROJECT = "projectId";
    private static final String FLAG_KEYS = "flagKeys";
    private static final String USER = "user";
    private static final String USERS = "users";
    private static final List<String> CANDIDATES = List.of("flags", "writes");

    private static final Set<String> FIELDS_OF_ONE_USER = fields(Set.of(USER));
    private static final Set<String> FIELDS_OF_USERS =
            fields(Stream.concat(UsersReader.FIELDS.stream(), Stream.of(USERS)).toList());

    public DraftRequest {
        flagKeys = Set.copyOf(flagKeys);
        users = List.copyOf(users);
    }

    private static Set<String> fields(Iterable<String> ofUsers) {
        Set<String> fields = new HashSet<>(CANDIDATES);
        fields.add(PROJECT);
        fields.add(FLAG_KEYS);
        ofUsers.forEach(fields::add);
        return Set.copyOf(fields);
    }

    /**
     * Reads the body of {@code POST /api/1/explain}, which has one user. Expensive if it is large: call it on a worker thread.
     *
     * @throws io.variate.web.InvalidRequestException naming the invalid field
     */
    public static DraftRequest readOne(String body) {
        List<@Nullable Object> values = OF_ONE_USER.sequence(body);
        if (values.size() != 1) {
            throw OF_ONE_USER.invalid("must be one JSON object", "body");
        }
        Map<?, ?> fields = object(values, FIELDS_OF_ONE_USER, OF_ONE_USER);
        return of(fields, OF_ONE_USER, OF_ONE_USER.given(List.of(OF_ONE_USER.object(fields.get(USER), USER)), USER));
    }

    /**
     * Reads the body of {@code POST /api/1/simulate}. User objects may follow the request object, as in a preview. Expensive if
     * it is large: call it on a worker thread.
     *
     * @throws io.variate.web.InvalidRequestException naming the invalid field
     */
    public static DraftRequest read(String body) {
        List<@Nullable Object> values = OF_USERS.sequence(body);
        Map<?, ?> fields = object(values, FIELDS_OF_USERS, OF_USERS);
        List<@Nullable Object> lines = values.subList(1, values.size());
        boolean areBeside = UsersReader.FIELDS.stream().anyMatch(fields::containsKey);
        if (areBeside && (fields.containsKey(USERS) || !lines.isEmpty())) {
            throw OF_USERS.invalid("must not be sent together with user_ids, generate, identity or context", USERS);
        }
        return of(fields, OF_USERS, areBeside ? OF_USERS.generated(fields) : OF_USERS.users(fields.get(USERS), lines));
    }

    private static Map<?, ?> object(List<@Nullable Object> values, Set<String> known, UsersReader reader) {
        Map<?, ?> fields = reader.object(values.isEmpty() ? null : values.get(0), "body");
        reader.rejectUnknown(fields, known, "body");
        return fields;
    }

    private static DraftRequest of(Map<?, ?> fields, UsersReader reader, List<SimulatedUser> users) {
        String project = project(fields, PROJECT, reader);
        List<String> given =
                CANDIDATES.stream().filter(name -> fields.get(name) != null).toList();
        if (given.size() > 1) {
            throw reader.invalid("must have at most one of " + String.join(", ", CANDIDATES), "body");
        }
        Object keys = fields.get(FLAG_KEYS);
        return new DraftRequest(
                project,
                given.isEmpty() ? null : Candidate.read(given.get(0), fields.get(given.get(0)), project, reader),
                keys == null ? Set.of() : new HashSet<>(reader.texts(keys, FLAG_KEYS)),
                users);
    }

    /** Reads the key of a project from the field with its id. */
    static String project(Map<?, ?> fields, String field, UsersReader reader) {
        Object id = fields.get(field);
        if (id == null) {
            return ProjectKeys.UNNAMED;
        }
        if (id instanceof String text && !text.isEmpty() && ProjectKeys.isValid(text)) {
            return ProjectKeys.ofId(text);
        }
        throw reader.invalid("must be the id of a project", field);
    }
}
