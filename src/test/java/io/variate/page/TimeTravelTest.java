package io.variate.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Explanations, evaluations and simulations of past revisions, over HTTP. */
@Timeout(240)
@Tag("slow")
class TimeTravelTest {
    private static final String KEY = "server-key";

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgresql postgresql;

    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        postgresql = EmbeddedPostgresql.start(null, 0);
        node = RunningNode.start(Map.of("VARIATE_POSTGRES_URI", postgresql.uri()));
    }

    @AfterAll
    static void stop() {
        node.close();
        postgresql.close();
    }

    @Test
    void answersAsEachRevisionDid() {
        Map<Long, List<String>> recorded = new LinkedHashMap<>();
        for (int share = 0; share <= 100; share += 10) {
            long revision = put(document(share));
            recorded.put(revision, answers(revision, ""));
        }

        recorded.forEach((revision, then) -> assertThat(answers(revision, "?revision=" + revision))
                .as("revision %d", revision)
                .isEqualTo(then));
        assertThat(recorded.values().stream().distinct()).hasSameSizeAs(recorded.keySet());
    }

    @Test
    void answersAsTheRevisionAtATimeDid() {
        long one = put(document(20));
        List<String> then = answers(one, "");
        Instant between = Instant.now();
        put(document(70));

        assertThat(answers(one, "?at=" + between)).isEqualTo(then);
        HttpResponse<String> before = post("/v1/explain?at=" + between.minusSeconds(86_400), "{}");
        assertThat(before.statusCode()).isEqualTo(404);
        assertThat(RunningNode.error(before).getString("code")).isEqualTo("unknown_revision");
        assertThat(RunningNode.error(before).getString("message")).startsWith("the history starts at ");
    }

    @Test
    void namesTheKnownRevisions() {
        long revision = put(document(20));

        HttpResponse<String> later = post("/v1/explain?revision=" + (revision + 1), "{}");

        assertThat(later.statusCode()).isEqualTo(404);
        assertThat(RunningNode.error(later).getString("code")).isEqualTo("unknown_revision");
        assertThat(RunningNode.error(later).getString("message"))
                .isEqualTo("no revision " + (revision + 1) + " is stored; known revisions are from 0 to " + revision);
    }

    @Test
    void requiresADeploymentThatExistedThenAndAKeyThatIsValidNow() {
        long before = put("{\"deployments\": [{\"key\": \"older-key\", \"label\": \"o\", \"type\": \"server\","
                + " \"flags\": [\"*\"]}], \"flags\": [{\"key\": \"older\", \"variants\": {\"on\": {\"key\": \"on\"}},"
                + " \"segments\": [{\"variant\": \"on\"}]}]}");
        put(document(20));

        HttpResponse<String> then = post("/v1/evaluate?revision=" + before, "{}");
        assertThat(then.statusCode()).isEqualTo(404);
        assertThat(RunningNode.error(then).getString("code")).isEqualTo("unknown_deployment_then");
        assertThat(node.post("/v1/evaluate?revision=" + before, "{}", "Authorization", "Api-Key older-key")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void recordsNothing() {
        long revision = put(document(20));
        put(document(30));
        long evaluated = node.ledger().getLong("evaluated");

        assertThat(post("/v1/evaluate?revision=" + revision, "{\"user_id\":\"u\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(node.ledger().getLong("evaluated")).isEqualTo(evaluated);
    }

    private static List<String> answers(long revision, String query) {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(answer(revision, "/v1/explain" + query, "{\"user_id\":\"user-" + i + "\"}"));
            answers.add(answer(revision, "/v1/evaluate" + query, "{\"user_id\":\"user-" + i + "\"}"));
        }
        answers.add(answer(revision, "/v1/simulate" + query, "{\"generate\":{\"count\":200}}"));
        return answers;
    }

    private static String answer(long revision, String path, String body) {
        HttpResponse<String> answer = post(path, body);
        assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Variate-Revision")).hasValue(Long.toString(revision));
        return answer.body();
    }

    private static HttpResponse<String> post(String path, String body) {
        return node.post(path, body, "Authorization", "Api-Key " + KEY);
    }

    /** The answer to a write comes when this node serves its revision. */
    private static long put(String document) {
        HttpResponse<String> put = node.put(document);
        assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
        return new JsonObject(put.body()).getLong("revision");
    }

    private static String document(int share) {
        return "{\"deployments\": [{\"key\": \"" + KEY + "\", \"label\": \"all\", \"type\": \"server\", \"flags\":"
                + " [\"*\"]}], \"flags\": [{\"key\": \"f" + share % 20
                + "\", \"variants\": {\"on\": {\"key\": \"on\", \"payload\": "
                + share + "}, \"off\": {\"key\": \"off\"}}, \"segments\": [{\"variant\": \"off\", \"bucket\":"
                + " {\"selector\": [\"context\", \"user\", \"user_id\"], \"salt\": \"s\", \"allocations\": [{\"range\":"
                + " [0, 100], \"distributions\": [{\"variant\": \"on\", \"range\": [0, "
                + Math.min(42_949_673L, 429_497L * share)
                + "]}]}]}}]}]}";
    }
}
