package io.variate.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluationRequestTest {

    @Test
    void readsTheDocumentedFields() {
        JsonObject json = new JsonObject()
                .put("version", 1)
                .put("deployment", "k")
                .put("user_id", "u")
                .put("device_id", "d")
                .put("flag_keys", new JsonArray().add("a"))
                .put("context", new JsonObject().put("country", "US"))
                .put("track", false)
                .put("track_exposure", true)
                .put("format", "v2");
        assertThat(EvaluationRequest.fromJson(json))
                .isEqualTo(EvaluationRequest.builder("k")
                        .userId("u")
                        .deviceId("d")
                        .flagKeys(List.of("a"))
                        .context("{\"country\":\"US\"}")
                        .trackAssignment(false)
                        .trackExposure(true)
                        .format(AnswerFormat.V2)
                        .build());
    }

    @Test
    void requiresOnlyTheDeployment() {
        assertThat(EvaluationRequest.fromJson(new JsonObject().put("deployment", "k")))
                .isEqualTo(new EvaluationRequest("k", null, null, List.of(), null, true, false, AnswerFormat.V1, 0, 0))
                .isEqualTo(EvaluationRequest.builder("k").build());
    }

    @Test
    void recordsAssignmentsByDefault() {
        EvaluationRequest asked = EvaluationRequest.of("k", "u", List.of("a")).withContext("{}");

        assertThat(asked)
                .isEqualTo(
                        new EvaluationRequest("k", "u", null, List.of("a"), "{}", true, false, AnswerFormat.V1, 0, 0));
        assertThat(asked.untracked())
                .isEqualTo(
                        new EvaluationRequest("k", "u", null, List.of("a"), "{}", false, false, AnswerFormat.V1, 0, 0));
    }

    @Test
    void treatsAnEmptyIdAsMissing() {
        EvaluationRequest request = EvaluationRequest.fromJson(
                new JsonObject().put("deployment", "k").put("user_id", "").put("device_id", ""));

        assertThat(request.userId()).isNull();
        assertThat(request.deviceId()).isNull();
        assertThat(EvaluationRequest.of("k", "", List.of())).isEqualTo(request);
        assertThat(request.toJson().fieldNames()).doesNotContain("user_id", "device_id");
    }

    @Test
    void readsTheJsonThatItWrites() {
        EvaluationRequest request = EvaluationRequest.builder("k")
                .userId("u")
                .flagKeys(List.of("a"))
                .context("{\"n\":1}")
                .trackAssignment(false)
                .trackExposure(true)
                .format(AnswerFormat.V2)
                .build();
        assertThat(EvaluationRequest.fromJson(request.toJson())).isEqualTo(request);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | deployment: is missing",
                "{\"deployment\":1} | deployment: must be a String",
                "{\"deployment\":\"k\",\"user_id\":7} | user_id: must be a String",
                "{\"deployment\":\"k\",\"flag_keys\":\"a\"} | flag_keys: must be a JsonArray",
                "{\"deployment\":\"k\",\"flag_keys\":[1]} | flag_keys: must be an array of strings",
                "{\"deployment\":\"k\",\"context\":\"{}\"} | context: must be a JsonObject",
                "{\"deployment\":\"k\",\"format\":\"v9\"} | format: must be v1, v2 or reasoned",
            })
    void namesTheInvalidField(String json, String message) {
        assertThatThrownBy(() -> EvaluationRequest.fromJson(new JsonObject(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void rejectsAHigherVersion() {
        JsonObject json = new JsonObject().put("version", 2).put("deployment", "k");
        assertThatThrownBy(() -> EvaluationRequest.fromJson(json)).isInstanceOf(UnsupportedVersionException.class);
    }
}
