package io.variate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RawConnection;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads and memberships of cohorts of a ruleset document, and their use in evaluations. */
class CohortEndpointsTest {
    private static final String DOCUMENT = """
            {"revision": 7,
             "deployments": [
              {"key": "server-key", "label": "s", "type": "server", "flags": ["*"]},
              {"key": "client-key", "label": "c", "type": "client", "flags": ["*"]}],
             "flags": [
              {"key": "beta", "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "user", "cohort_ids"], "op": "set contains any", "values": ["beta", "sent"]}]]}]},
              {"key": "company", "variants": {"on": {"key": "on"}},
               "segments": [{"variant": "on", "conditions": [[
                {"selector": ["context", "groups", "org name", "cohort_ids"], "op": "set contains any",
                 "values": ["large"]}]]}]}],
             "cohorts": [
              {"id": "beta", "lastModified": 1720000000000, "memberIds": ["alice", "bob", "alice", "J\\u00fcrgen \\"/"]},
              {"id": "large", "groupType": "org name", "memberIds": ["acme / sons", "alice"]},
              {"id": "nobody", "lastModified": 5, "memberIds": []}]}
            """;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.serving(
                DOCUMENT, Map.of("VARIATE_PROJECT_API_KEY", "api:key", "VARIATE_PROJECT_SECRET_KEY", "sécret"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void downloadsACohortInTheFieldOrderOfStreamingReaders() {
        HttpResponse<String> answer = download("beta?maxCohortSize=2147483647");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
        assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(answer.body())
                .isEqualTo("{\"cohortId\":\"beta\",\"groupType\":\"User\",\"groupTypeId\":0,"
                        + "\"lastComputed\":1720000000000,\"lastModified\":1720000000000,\"size\":3,"
                        + "\"memberIds\":[\"alice\",\"bob\",\"Jürgen \\\"/\"]}");
    }

    @Test
    void lastModifiedDefaultsToTheRevision() {
        JsonObject cohort = new JsonObject(download("large").body());

        assertThat(cohort.getString("groupType")).isEqualTo("org name");
        assertThat(cohort.getLong("lastModified")).isEqualTo(7);
    }

    @Test
    void downloadsAnEmptyCohort() {
        JsonObject cohort = new JsonObject(download("nobody").body());

        assertThat(cohort.getInteger("size")).isZero();
        assertThat(cohort.getJsonArray("memberIds")).isEmpty();
    }

    @Test
    void answers204IfTheClientsCopyIsCurrent() {
        HttpResponse<String> same = download("beta?maxCohortSize=5&lastModified=1720000000000");

        assertThat(same.statusCode()).isEqualTo(204);
        assertThat(same.body()).isEmpty();
        assertThat(download("beta?lastModified=1720000000001").statusCode()).isEqualTo(200);
        assertThat(download("beta?lastModified=0").statusCode()).isEqualTo(200);
    }

    @Test
    void rejectsACohortLargerThanMaxCohortSize() {
        assertThat(download("beta?maxCohortSize=2").statusCode()).isEqualTo(413);
        assertThat(download("beta?maxCohortSize=3").statusCode()).isEqualTo(200);
    }

    @Test
    void answers404ForUnknownCohorts() {
        HttpResponse<String> answer = download("other");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("unknown_cohort");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "maxCohortSize=",
                "maxCohortSize=x",
                "maxCohortSize=1.5",
                "maxCohortSize=1&maxCohortSize=2",
                "lastModified=99999999999999999999",
                "lastModified=%20"
            })
    void rejectsInvalidNumbers(String query) {
        HttpResponse<String> answer = download("beta?" + query);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(RunningNode.error(answer).getString("code")).isEqualTo("invalid_parameter");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Authorization: Basic\r\n",
                "Authorization: Basic !\r\n",
                "Authorization: Basic YXBpOmtleTp3cm9uZw==\r\n",
                "Authorization: Api-Key server-key\r\n",
                "Authorization: Bearer YXBpOmtleTpzw6ljcmV0\r\n",
                "Authorization: Basic YXBpOmtleTpzw6ljcmV0\r\nAuthorization: Basic YXBpOmtleTpzw6ljcmV0\r\n",
            })
    void requiresBothProjectKeys(String header) throws IOException {
        RawConnection.Answer answer = RawConnection.exchange(
                node.httpPort(), "GET /sdk/v1/cohort/beta HTTP/1.1\r\nHost: x\r\n" + header + "\r\n");

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).containsExactly("Basic realm=\"variate\"");
        assertThat(answer.error().getString("code")).isEqualTo("unauthorized");
    }

    @Test
    void acceptsKeysInEitherBase64AlphabetWithoutPadding() {
        String header = basic().replace("=", "").replace('+', '-').replace('/', '_');

        assertThat(node.get("/sdk/v1/cohort/beta", "Authorization", header).statusCode())
                .isEqualTo(200);
    }

    @Test
    void rejectsDownloadsIfNoProjectKeysAreConfigured() {
        try (RunningNode open = RunningNode.serving(DOCUMENT, Map.of())) {
            String nothing = "Basic " + Base64.getEncoder().encodeToString(":".getBytes(StandardCharsets.UTF_8));

            assertThat(open.get("/sdk/v1/cohort/beta", "Authorization", nothing).statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void compressesIfTheClientAcceptsGzip() throws Exception {
        for (String accepted : new String[] {"gzip", "deflate, gzip;q=0.5", "*"}) {
            HttpResponse<byte[]> answer = downloadAccepting(accepted);

            assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
            byte[] unpacked = new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes();
            assertThat(new String(unpacked, StandardCharsets.UTF_8))
                    .isEqualTo(download("beta").body());
        }
        for (String refused : new String[] {"identity", "gzip;q=0", "br"}) {
            assertThat(downloadAccepting(refused).headers().firstValue("Content-Encoding"))
                    .isEmpty();
        }
    }

    @Test
    void rejectsOtherMethods() {
        assertThat(node.post("/sdk/v1/cohort/beta", "").statusCode()).isEqualTo(405);
        assertThat(node.send("DELETE", node.httpPort(), "/sdk/v2/memberships/User/alice", "")
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void listsTheCohortsOfAUserAndOfAGroupForServerKeys() {
        assertThat(memberships("User/alice")).containsExactly("beta");
        assertThat(memberships("User/J%C3%BCrgen%20%22/")).containsExactly("beta");
        assertThat(memberships("org%20name/alice")).containsExactly("large");
        assertThat(memberships("org%20name/acme%20/%20sons")).containsExactly("large");
        assertThat(memberships("org%20name/acme%20%2F%20sons")).containsExactly("large");
        assertThat(memberships("User/carol")).isEmpty();
        assertThat(memberships("other/alice")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "User", "User/", "/alice", "User/%ff", "User/%zz"})
    void rejectsAnAmbiguousMember(String path) throws IOException {
        RawConnection.Answer answer = RawConnection.exchange(
                node.httpPort(),
                "GET /sdk/v2/memberships/" + path
                        + " HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key server-key\r\n\r\n");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error().getString("code")).isNotEmpty();
    }

    @Test
    void rejectsMembershipsForOtherKeys() {
        assertThat(node.get("/sdk/v2/memberships/User/alice", "Authorization", "Api-Key client-key")
                        .statusCode())
                .isEqualTo(403);
        assertThat(node.get("/sdk/v2/memberships/User/alice", "Authorization", "Api-Key other")
                        .statusCode())
                .isEqualTo(401);
    }

    private static JsonArray memberships(String path) {
        HttpResponse<String> answer = node.get("/sdk/v2/memberships/" + path, "Authorization", "Api-Key server-key");
        assertThat(answer.statusCode()).isEqualTo(200);
        return new JsonArray(answer.body());
    }

    private static HttpResponse<String> download(String idAndQuery) {
        return node.get("/sdk/v1/cohort/" + idAndQuery, "Authorization", basic());
    }

    private static HttpResponse<byte[]> downloadAccepting(String encodings) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.httpPort() + "/sdk/v1/cohort/beta"))
                .header("Authorization", basic())
                .header("Accept-Encoding", encodings)
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String basic() {
        return "Basic " + Base64.getEncoder().encodeToString("api:key:sécret".getBytes(StandardCharsets.UTF_8));
    }
}
