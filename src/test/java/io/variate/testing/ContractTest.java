package io.variate.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses that conform to the OpenAPI document of the public API, and responses that violate it. */
class ContractTest {
    private static final String UNAUTHORIZED = "{\"error\":{\"code\":\"unauthorized\",\"message\":\"m\"}}";
    private static final String NOT_FOUND = "{\"error\":{\"code\":\"not_found\",\"message\":\"m\",\"path\":\"url\"}}";
    private static final String FLAG = "{\"key\":\"f\",\"segments\":[],\"variants\":{}}";

    @Test
    void acceptsADescribedResponse() {
        accepts(answer("POST", "/sdk/v2/vardata?v=0", 200, "{\"f\":{\"key\":\"on\",\"payload\":{\"a\":null}}}"));
    }

    @Test
    void validatesPlainText() {
        Map<String, List<String>> plain = Map.of("Content-Type", List.of("text/plain"));

        accepts(answer("GET", "/status", 200, "OK", plain));
        rejects(answer("GET", "/status", 200, "fine", plain), "body");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v%31/vardata", "/%76%31/var%64ata", "/v1/x/%2e%2E/vardata", "/v1/./%2e/vardata"})
    void matchesPathsInAnyEncoding(String path) {
        accepts(answer("GET", path, 400, "{\"error\":{\"code\":\"invalid_parameter\",\"message\":\"m\"}}"));
        rejects(answer("GET", path, 202, "{}"), "the statuses are");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{\"f\":null}",
                "{\"f\":{}}",
                "{\"f\":{\"key\":\"on\",\"value\":1}}",
                "{\"f\":{\"key\":\"on\",\"value\":null}}",
                "{\"f\":{\"key\":\"on\",\"payload\":null}}",
                "{\"f\":{\"key\":\"on\",\"metadata\":null}}",
                "{\"f\":{\"key\":\"on\",\"reason\":\"SPLIT\"}}",
                "not JSON",
                "",
            })
    void rejectsInvalidVariants(String body) {
        rejects(answer("POST", "/sdk/v2/vardata", 200, body), "POST /sdk/v2/vardata answered 200");
    }

    @Test
    void reportsThePositionOfAViolation() {
        rejects(
                answer("POST", "/sdk/v2/vardata", 200, "{\"f\":{\"key\":\"on\",\"value\":1}}"),
                "#/f/value",
                "/components/schemas/Variant");
    }

    @Test
    void rejectsADefaultVariantWhereNoneIsDescribed() {
        String body = "{\"f\":{\"key\":\"off\",\"metadata\":{\"default\":true}}}";

        accepts(answer("POST", "/sdk/v2/vardata", 200, body));
        rejects(answer("POST", "/sdk/vardata", 200, body), "default");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"key\":\"f\",\"segments\":[],\"variants\":{},\"id\":1}",
                "{\"key\":\"f\",\"segments\":[],\"variants\":{},\"dependencies\":[]}",
                "{\"key\":\"f\",\"segments\":[],\"variants\":{\"on\":{\"key\":\"on\",\"name\":\"On\"}}}",
                "{\"key\":\"f\",\"segments\":[{\"conditions\":null}],\"variants\":{}}",
                "{\"key\":\"f\",\"segments\":[{\"bucket\":{\"selector\":[],\"salt\":\"s\",\"allocations\":"
                        + "[{\"range\":[0,0.5],\"distributions\":[]}]}}],\"variants\":{}}",
                "{\"key\":\"f\",\"segments\":[{\"conditions\":[[{\"op\":\"is\",\"selector\":[],\"values\":[1]}]]}],"
                        + "\"variants\":{}}",
            })
    void rejectsFlagsThatSdksCannotRead(String flag) {
        Map<String, List<String>> headers = Map.of("ETag", List.of("\"1\""), "Vary", List.of("Authorization"));

        accepts(answer("GET", "/sdk/v2/flags", 200, "[" + FLAG + "]", headers));
        rejects(answer("GET", "/sdk/v2/flags", 200, "[" + flag + "]", headers), "#/0");
    }

    @Test
    void validatesEachEventOfAStream() {
        Map<String, List<String>> headers =
                Map.of("Content-Type", List.of("text/event-stream"), "Cache-Control", List.of("no-cache"));
        String set = "data: [" + FLAG + "]\n\n";

        accepts(answer("GET", "/sdk/stream/v1/flags", 200, set + "data:  \n\n" + set, headers));
        for (String wrong :
                List.of("data: [{}]\n\n", "data: {}\n\n", ": comment\n\n", "event: f\n" + set, "data:\n\n")) {
            rejects(answer("GET", "/sdk/stream/v1/flags", 200, set + wrong, headers), "does not match");
        }
    }

    @Test
    void rejectsMissingOrInvalidHeaders() {
        rejects(answer("GET", "/v1/vardata", 401, UNAUTHORIZED), "WWW-Authenticate");
        rejects(
                answer("GET", "/v1/vardata", 401, UNAUTHORIZED, Map.of("WWW-Authenticate", List.of("Magic"))),
                "WWW-Authenticate");
        accepts(answer("GET", "/v1/vardata", 401, UNAUTHORIZED, Map.of("www-authenticate", List.of("Api-Key"))));
    }

    @Test
    void rejectsAnotherMediaType() {
        rejects(
                answer("GET", "/nowhere", 404, NOT_FOUND, Map.of("Content-Type", List.of("text/plain"))),
                "application/json");
    }

    @Test
    void rejectsAnUndescribedBody() {
        rejects(answer("GET", "/sdk/v1/cohort/c", 204, "{}"), "there is no body");
        accepts(answer("GET", "/sdk/v1/cohort/c", 204, ""));
    }

    @Test
    void rejectsAnUndescribedStatus() {
        rejects(answer("GET", "/sdk/v1/cohort/c", 202, "{}"), "the statuses are", "204");
        rejects(answer("GET", "/v1/vardata", 404, NOT_FOUND), "the statuses are");
    }

    @Test
    void rejectsResponsesOfUndescribedPaths() {
        rejects(answer("GET", "/nowhere", 200, "{}"), "no such operation");
        accepts(answer("GET", "/nowhere", 404, NOT_FOUND));
    }

    @Test
    void requiresMethodNotAllowedForAnUnsupportedMethod() {
        String body = "{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"m\",\"path\":\"method\"}}";
        Map<String, List<String>> allow = Map.of("Allow", List.of("GET, POST"));

        accepts(answer("DELETE", "/v1/vardata", 405, body, allow));
        accepts(answer("HEAD", "/v1/explain", 405, "", allow));
        rejects(answer("DELETE", "/v1/vardata", 405, body), "Allow");
        rejects(answer("DELETE", "/v1/vardata", 404, NOT_FOUND), "no such operation");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"//sdk//v2/vardata", "/sdk/v2/vardata/", "/x/../sdk/./v2/%76ardata", "http://h:1/sdk/v2/vardata"
            })
    void normalizesPaths(String target) {
        accepts(answer("POST", target, 200, "{}"));
    }

    @Test
    void acceptsSlashesInANameParameter() {
        accepts(answer("GET", "/sdk/v2/memberships/User/a/b", 200, "[]"));
        rejects(answer("GET", "/sdk/v1/cohort/a/b", 200, "[]"), "no such operation");
    }

    private static ThrowingCallable answer(String method, String target, int status, String body) {
        return answer(method, target, status, body, Map.of());
    }

    /** A response with the usual headers. */
    private static ThrowingCallable answer(
            String method, String target, int status, String body, Map<String, List<String>> more) {
        Map<String, List<String>> headers = new HashMap<>(Map.of(
                "Content-Type", List.of("application/json; charset=utf-8"),
                "Cache-Control", List.of("no-store"),
                "X-Variate-Revision", List.of("7")));
        headers.putAll(more);
        return () -> Contract.PUBLIC.check(method, target, status, headers, body);
    }

    private static void accepts(ThrowingCallable answer) {
        assertThatCode(answer).doesNotThrowAnyException();
    }

    private static void rejects(ThrowingCallable answer, String... reasons) {
        assertThatThrownBy(answer).isInstanceOf(AssertionError.class).hasMessageContainingAll(reasons);
    }
}
