package io.variate.management.preview;

import io.variate.simulation.SimulatedUser;
import io.variate.simulation.UsersReader;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
    private static final Set<String> FIELDS = Stream.concat(Candidate.FIELDS.stream(), Stream.of("project", "users"))
            .collect(Collectors.toUnmodifiableSet());

    /**
     * Reads a body. Expensive if it is large: call it on a worker thread.
     *
     * @throws io.variate.web.InvalidRequestException naming the invalid field
     */
    public static PreviewRequest read(String body) {
        List<@Nullable Object> values = READER.sequence(body);
        Map<?, ?> fields = READER.object(values.isEmpty() ? null : values.get(0), "body");
        READER.rejectUnknown(fields, FIELDS, "body");
        String project = DraftRequest.project(fields, "project", READER);
        return new PreviewRequest(
                project,
                candidate(fields, project),
                READER.users(fields.get("users"), values.subList(1, values.size())));
    }

    private static Candidate candidate(Map<?, ?> fields, String project) {
        List<String> given = Candidate.FIELDS.stream()
                .filter(name -> fields.get(name) != null)
                .toList();
        if (given.size() != 1) {
            throw READER.invalid(
                    "must have exactly one of " + String.join(", ", new TreeSet<>(Candidate.FIELDS)), "body");
        }
        return Candidate.read(given.get(0), fields.get(given.get(0)), project, READER);
    }
}
