package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A shell script for Amplitude's Management API runs unchanged but for the address. */
@Timeout(120)
@Tag("slow")
class AmplitudeScriptTest {
    /** As in Amplitude's documents: curl, a Bearer key, ids as strings, {@code OK}. */
    private static final String SCRIPT = """
            set -eu
            api() { curl --fail-with-body --silent --show-error --request "$1" "$BASE/api/1$2" \
              --header 'Content-Type: application/json' --header 'Accept: application/json' \
              --header "Authorization: Bearer $KEY" ${3:+--data "$3"}; }
            id_in() { sed -n 's/.*"id":"\\([0-9]*\\)".*/\\1/p'; }

            api GET '/flags?limit=1000' | grep -q '"flags":\\['
            deployment=$(api GET /deployments | sed -n 's/.*"deployments":\\[{"id":"\\([0-9]*\\)".*/\\1/p')
            id=$(api POST /experiments '{
                "projectId": "1", "key": "checkout", "description": "A shorter checkout", "bucketingKey": "user_id",
                "variants": [{"key": "control"}, {"key": "treatment", "payload": {"steps": 1}}],
                "rolloutWeights": {"control": 1, "treatment": 1},
                "targetSegments": [{"name": "Segment 1", "percentage": 0, "bucketingKey": "user_id",
                  "rolloutWeights": {"control": 1, "treatment": 1},
                  "conditions": [{"type": "property", "prop": "country", "op": "is", "values": ["United States"]}]}],
                "deployments": ["'$deployment'"], "evaluationMode": "remote", "experimentType": "a-b-test"}' | id_in)
            api GET "/experiments/$id" | grep -q '"enabled":false'
            test "$(api POST "/experiments/$id/variants/treatment/users" '{"inclusions": ["tester-1", "tester-2"]}')" = OK
            api GET "/experiments/$id/variants/treatment/users" | grep -qx '\\["tester-1","tester-2"\\]'
            test "$(api DELETE "/experiments/$id/variants/treatment/bulk-delete-users" '{"users": ["tester-2"]}')" = OK
            test "$(api POST "/experiments/$id/variants" '{"key": "other", "rolloutWeight": 0}')" = OK
            test "$(api DELETE "/experiments/$id/variants/other")" = OK
            api PATCH "/experiments/$id" '{"enabled": true, "rolloutPercentage": 100}' > /dev/null
            curl --fail --silent "$PUBLIC/v1/vardata?user_id=tester-1" --header 'Authorization: Api-Key server-key' \
              | grep -q '"checkout":{"key":"treatment",'
            api PATCH "/experiments/$id" '{"decision": "rollout", "rolledOutVariant": "treatment"}' > /dev/null
            api GET "/experiments/$id/versions" | grep -q '"version":1'
            api PATCH "/experiments/$id" '{"archive": true}' > /dev/null
            api GET '/experiments?key=checkout' | grep -qx '{"experiments":\\[\\]}'
            echo complete
            """;

    @SuppressWarnings("NullAway.Init")
    private static ManagedNode node;

    @BeforeAll
    static void start() {
        node = ManagedNode.start(Map.of());
        node.put("""
                {"flags": [{"key": "other", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on"}]}],
                 "deployments": [{"key": "server-key", "label": "shop", "type": "server", "flags": ["other"]}]}""");
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void aScriptForAmplitudeRunsUnchanged() throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", SCRIPT).redirectErrorStream(true);
        builder.environment().put("BASE", "http://127.0.0.1:" + node.node().adminPort());
        builder.environment().put("PUBLIC", "http://127.0.0.1:" + node.node().httpPort());
        builder.environment().put("KEY", RunningNode.TOKEN);
        File output = File.createTempFile("script-", ".txt");
        Process script = builder.redirectOutput(output).start();
        try {
            assertThat(script.waitFor(100, TimeUnit.SECONDS)).isTrue();

            String printed = Files.readString(output.toPath(), StandardCharsets.UTF_8);
            assertThat(printed).isEqualTo("complete\n");
            assertThat(script.exitValue()).isZero();
        } finally {
            script.destroyForcibly();
            assertThat(output.delete()).isTrue();
        }
    }
}
