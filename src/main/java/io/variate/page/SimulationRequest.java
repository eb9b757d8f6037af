package io.variate.page;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.simulation.SimulatedUser;
import io.variate.simulation.UsersReader;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a simulation.
 *
 * @param flagKeys the flags to evaluate; empty means all
 */
record SimulationRequest(List<SimulatedUser> users, List<String> flagKeys) {
    private static final UsersReader READER = new UsersReader("invalid_simulation", "");
    private static final String FLAG_KEYS = "flag_keys";
    private static final Set<String> FIELDS = fields();

    private static Set<String> fields() {
        Set<String> fields = new HashSet<>(UsersReader.FIELDS);
        fields.add(FLAG_KEYS);
        return Set.copyOf(fields);
    }

    /**
     * Reads the body of a request.
     *
     * @throws InvalidRequestException naming the invalid field
     */
    static SimulationRequest read(String body) {
        Map<?, ?> fields = READER.object(parse(body), "body");
        READER.rejectUnknown(fields, FIELDS, "body");
        Object keys = fields.get(FLAG_KEYS);
        return new SimulationRequest(
                READER.generated(fields), keys == null ? List.of() : READER.texts(keys, FLAG_KEYS));
    }

    private static @Nullable Object parse(String body) {
        try {
            return Json.parse(body);
        } catch (JsonException e) {
            throw new InvalidRequestException(
                    ApiError.badRequest("bad_request", String.valueOf(e.getMessage()), "body"));
        }
    }
}
