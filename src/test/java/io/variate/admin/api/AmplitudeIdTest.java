package io.variate.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.RunningNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The setting {@code flags.amplitude-id}: what the bucketing key {@code amplitude_id} means. */
@Timeout(120)
@Tag("slow")
class AmplitudeIdTest {
    private static final String HALF =
            "{\"projectId\": \"1\", \"key\": \"f\", \"rolloutPercentage\": 50, \"enabled\": true%s}";

    @Test
    void refuseRejectsFlagsThatAreBucketedByAmplitudeId() {
        try (ManagedNode node = ManagedNode.start(Map.of("VARIATE_FLAGS_AMPLITUDE_ID", "refuse"))) {
            HttpResponse<String> refused = node.send("POST", "/flags", HALF.formatted(""));

            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
            assertThat(RunningNode.error(refused).getString("path")).contains("bucketingKey");
            node.create("/flags", HALF.formatted(", \"bucketingKey\": \"user_id\""));
        }
    }

    @Test
    void deviceIdBucketsByTheDeviceAlone() {
        try (ManagedNode node = ManagedNode.start(Map.of("VARIATE_FLAGS_AMPLITUDE_ID", "device_id"))) {
            String id = node.create("/flags", HALF.formatted(""));

            assertThat(node.get("/flags/" + id).getString("bucketingKey")).isEqualTo("amplitude_id");
            JsonObject compiled = node.get("/flags/" + id + "/versions/1").getJsonObject("compiled");
            assertThat(compiled.getJsonArray("segments")).hasSize(1);
            assertThat(compiled.getJsonArray("segments")
                            .getJsonObject(0)
                            .getJsonObject("bucket")
                            .getJsonArray("selector"))
                    .containsExactly("context", "user", "device_id");
        }
    }
}
