package io.variate.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageCodecsTest {
    private static final EvaluationRequest REQUEST = new EvaluationRequest(
            "server-key", "üser", null, List.of("a", "b"), "{\"country\":\"US\"}", false, AnswerFormat.V2);
    private static final EvaluationResponse RESPONSE =
            new EvaluationResponse(7, Buffer.buffer("{\"f\":{\"key\":\"on\"}}"));
    private static final AssignmentBatch BATCH = new AssignmentBatch(List.of(
            new AssignmentBatch.Event(Buffer.buffer("u"), Buffer.buffer("{}")),
            new AssignmentBatch.Event(Buffer.buffer(), Buffer.buffer("{\"n\":2}"))));

    /** What version 1 wrote when it was made; a node of a later version must go on reading it. */
    private static final String REQUEST_V1 = "0000004f01010000000a7365727665722d6b65790200000005c3bc7365720500000010"
            + "7b22636f756e747279223a225553227d0600000008000000000000000007000000027632040000000161040000000162";

    @Test
    void aRequestSurvivesTheWire() {
        assertThat(roundTrip(new EvaluationRequestCodec(), REQUEST)).isEqualTo(REQUEST);
    }

    @Test
    void aResponseSurvivesTheWire() {
        assertThat(roundTrip(new EvaluationResponseCodec(), RESPONSE)).isEqualTo(RESPONSE);
    }

    @Test
    void aBatchOfEventsSurvivesTheWire() {
        assertThat(roundTrip(new AssignmentBatchCodec(), BATCH)).isEqualTo(BATCH);
    }

    @Test
    void aRequestWrittenByVersionOneIsUnderstood() {
        Buffer written = Buffer.buffer(HexFormat.of().parseHex(REQUEST_V1));
        assertThat(new EvaluationRequestCodec().decodeFromWire(0, written)).isEqualTo(REQUEST);
    }

    @Test
    void aRequestIsWrittenAsVersionOneWroteIt() {
        Buffer written = Buffer.buffer();
        new EvaluationRequestCodec().encodeToWire(written, REQUEST);
        assertThat(HexFormat.of().formatHex(written.getBytes())).isEqualTo(REQUEST_V1);
    }

    @Test
    void aRequestToTrackExposuresSurvivesTheWire() {
        EvaluationRequest request =
                new EvaluationRequest("key", "user", null, List.of(), null, false, true, AnswerFormat.V2);
        assertThat(roundTrip(new EvaluationRequestCodec(), request)).isEqualTo(request);
    }

    @Test
    void aFieldOfALaterReleaseIsSkipped() {
        Buffer buffer = Buffer.buffer();
        new FieldWriter(buffer, 1)
                .text(99, "from the future")
                .text(1, "server-key")
                .end();
        assertThat(new EvaluationRequestCodec().decodeFromWire(0, buffer).deploymentKey())
                .isEqualTo("server-key");
    }

    @Test
    void aHigherVersionIsRefused() {
        Buffer buffer = Buffer.buffer();
        new FieldWriter(buffer, 2).end();
        assertThatThrownBy(() -> new EvaluationRequestCodec().decodeFromWire(0, buffer))
                .isInstanceOf(UnsupportedVersionException.class)
                .hasMessageContaining("version 2");
    }

    @Test
    void garbageIsRefusedWhereverItIsCutOff() {
        Buffer whole = Buffer.buffer(HexFormat.of().parseHex(REQUEST_V1));
        for (int length = 0; length < whole.length(); length++) {
            Buffer cut = whole.getBuffer(0, length);
            assertThatThrownBy(() -> new EvaluationRequestCodec().decodeFromWire(0, cut))
                    .as("cut after %d bytes", length)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void onOneNodeTheSameInstancePasses() {
        assertThat(new EvaluationRequestCodec().transform(REQUEST)).isSameAs(REQUEST);
    }

    @Test
    void theDeploymentKeyIsNotPrinted() {
        assertThat(REQUEST.toString()).doesNotContain("server-key");
    }

    /** Not at the start of the buffer: Vert.x puts headers of its own in front. */
    private static <T> T roundTrip(MessageCodec<T, T> codec, T message) {
        Buffer buffer = Buffer.buffer("front");
        codec.encodeToWire(buffer, message);
        buffer.appendString("behind");
        return codec.decodeFromWire("front".length(), buffer);
    }
}
