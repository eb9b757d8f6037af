package io.variate.bus.codecs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.bus.AnswerFormat;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.LedgerRequest;
import io.variate.bus.LedgerResponse;
import io.variate.bus.LedgerResponse.Forwarded;
import io.variate.bus.ReceivedEvents;
import io.variate.bus.UnsupportedVersionException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MessageCodecsTest {
    private static final EvaluationRequest REQUEST = EvaluationRequest.builder("server-key")
            .userId("üser")
            .flagKeys(List.of("a", "b"))
            .context("{\"country\":\"US\"}")
            .trackAssignment(false)
            .format(AnswerFormat.V2)
            .build();
    private static final EvaluationResponse RESPONSE =
            new EvaluationResponse(7, Buffer.buffer("{\"f\":{\"key\":\"on\"}}"));
    private static final AssignmentBatch BATCH = new AssignmentBatch(List.of(
            new AssignmentBatch.Event(Buffer.buffer("u"), Buffer.buffer("{}")),
            new AssignmentBatch.Event(Buffer.buffer(), Buffer.buffer("{\"n\":2}"))));

    private static final LedgerResponse LEDGER = forwarding(Map.of());

    /** Bytes that the first release of version 1 wrote. Every later release must read them. */
    private static final String REQUEST_V1 = "0000004f01010000000a7365727665722d6b65790200000005c3bc7365720500000010"
            + "7b22636f756e747279223a225553227d0600000008000000000000000007000000027632040000000161040000000162";

    private static final String LEDGER_REQUEST_V1 = "0000000101";

    private static final String LEDGER_V1 = "0000009b010100000008000000000000000a020000000800000000000000030300000008"
            + "0000000000000001040000000800000000000000020500000008000000000000000506000000080000000000000004070000000a"
            + "73706f6f6c2d66756c6c080000000800000000000000010700000004746f726e0800000008000000000000000009000000080000"
            + "0000000003200a0000000800000000000005dc";

    /** The fields that follow in a ledger with two destinations of forwarders. */
    private static final String FORWARDED_V1 =
            "0c00000009616d706c69747564650d0000000800000000000000070e000000080000000000"
                    + "0000050f0000000800000000000000010c000000066d6972726f720d0000000800000000000000030e00000008000000000000"
                    + "00030f000000080000000000000000";

    @Test
    void decodesAnEncodedRequest() {
        assertThat(roundTrip(new EvaluationRequestCodec(), REQUEST)).isEqualTo(REQUEST);
    }

    @Test
    void decodesAnEncodedResponse() {
        assertThat(roundTrip(new EvaluationResponseCodec(), RESPONSE)).isEqualTo(RESPONSE);
    }

    @Test
    void decodesAnEncodedBatchOfEvents() {
        assertThat(roundTrip(new AssignmentBatchCodec(), BATCH)).isEqualTo(BATCH);
    }

    @Test
    void decodesAnEncodedLedger() {
        assertThat(roundTrip(new LedgerRequestCodec(), new LedgerRequest())).isEqualTo(new LedgerRequest());
        assertThat(roundTrip(new LedgerResponseCodec(), LEDGER)).isEqualTo(LEDGER);
    }

    @Test
    void readsALedgerOfVersionOne() {
        assertThat(new LedgerRequestCodec().decodeFromWire(0, bytes(LEDGER_REQUEST_V1)))
                .isEqualTo(new LedgerRequest());
        assertThat(new LedgerResponseCodec().decodeFromWire(0, bytes(LEDGER_V1)))
                .isEqualTo(LEDGER);
    }

    @Test
    void writesALedgerAsVersionOneWithReceivedAppended() {
        assertThat(written(new LedgerRequestCodec(), new LedgerRequest())).isEqualTo(LEDGER_REQUEST_V1);
        assertThat(written(new LedgerResponseCodec(), LEDGER))
                .isEqualTo("000000a8" + LEDGER_V1.substring(8) + "0b000000080000000000000000");
    }

    @Test
    void writesWhatForwardersDeliveredAfterTheOtherFields() {
        LedgerResponse ledger =
                forwarding(Map.of("amplitude", new Forwarded(7, 5, 1), "mirror", new Forwarded(3, 3, 0)));

        assertThat(written(new LedgerResponseCodec(), ledger))
                .isEqualTo("0000010f" + LEDGER_V1.substring(8) + "0b000000080000000000000000" + FORWARDED_V1);
        assertThat(roundTrip(new LedgerResponseCodec(), ledger)).isEqualTo(ledger);
    }

    private static LedgerResponse forwarding(Map<String, Forwarded> destinations) {
        return new LedgerResponse(
                10,
                3,
                0,
                1,
                2,
                5,
                4,
                new TreeMap<>(Map.of("spool-full", 1L, "torn", 0L)),
                800,
                1_500,
                new TreeMap<>(destinations));
    }

    @Test
    void decodesEncodedReceivedEvents() {
        ReceivedEvents received = new ReceivedEvents(List.of(
                new ReceivedEvents.Event(Buffer.buffer("u"), Buffer.buffer("7uinsert"), Buffer.buffer("{}")),
                new ReceivedEvents.Event(Buffer.buffer("d"), Buffer.buffer(), Buffer.buffer("{\"n\":2}"))));
        assertThat(roundTrip(new ReceivedEventsCodec(), received)).isEqualTo(received);
    }

    @Test
    void sumsALossCauseOfALaterRelease() {
        LedgerResponse later = new LedgerResponse(
                1, 0, 0, 0, 0, 0, 0, new TreeMap<>(Map.of("torn", 2L, "stolen", 1L)), 0, 2_000, new TreeMap<>());

        LedgerResponse sum = LEDGER.plus(roundTrip(new LedgerResponseCodec(), later));

        assertThat(sum.lost()).isEqualTo(Map.of("spool-full", 1L, "torn", 2L, "stolen", 1L));
        assertThat(sum.evaluated()).isEqualTo(11);
        assertThat(sum.lagMillis()).isEqualTo(2_000);
    }

    @Test
    void readsARequestOfVersionOne() {
        assertThat(new EvaluationRequestCodec().decodeFromWire(0, bytes(REQUEST_V1)))
                .isEqualTo(REQUEST);
    }

    @Test
    void writesARequestAsVersionOne() {
        assertThat(written(new EvaluationRequestCodec(), REQUEST)).isEqualTo(REQUEST_V1);
    }

    @Test
    void decodesAnEncodedRequestThatTracksExposures() {
        EvaluationRequest request = EvaluationRequest.builder("key")
                .userId("user")
                .trackAssignment(false)
                .trackExposure(true)
                .format(AnswerFormat.V2)
                .build();
        assertThat(roundTrip(new EvaluationRequestCodec(), request)).isEqualTo(request);
    }

    @Test
    void keepsTheMinimumRevisionOnTheWireAndInJson() {
        EvaluationRequest request = EvaluationRequest.builder("key")
                .userId("user")
                .trackAssignment(false)
                .trackExposure(true)
                .format(AnswerFormat.V2)
                .minRevision(7)
                .build();
        assertThat(roundTrip(new EvaluationRequestCodec(), request)).isEqualTo(request);
        assertThat(EvaluationRequest.fromJson(request.toJson())).isEqualTo(request);
    }

    @Test
    void skipsAFieldOfALaterRelease() {
        Buffer buffer = Buffer.buffer();
        new FieldWriter(buffer, 1)
                .text(99, "from the future")
                .text(1, "server-key")
                .end();
        assertThat(new EvaluationRequestCodec().decodeFromWire(0, buffer).deploymentKey())
                .isEqualTo("server-key");
    }

    @Test
    void rejectsAHigherVersion() {
        Buffer buffer = Buffer.buffer();
        new FieldWriter(buffer, 2).end();
        assertThatThrownBy(() -> new EvaluationRequestCodec().decodeFromWire(0, buffer))
                .isInstanceOf(UnsupportedVersionException.class)
                .hasMessageContaining("version 2");
    }

    @Test
    void rejectsATruncatedMessageOfAnyLength() {
        Buffer whole = bytes(REQUEST_V1);
        for (int length = 0; length < whole.length(); length++) {
            Buffer cut = whole.getBuffer(0, length);
            assertThatThrownBy(() -> new EvaluationRequestCodec().decodeFromWire(0, cut))
                    .as("cut after %d bytes", length)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void passesTheSameInstanceWithinANode() {
        assertThat(new EvaluationRequestCodec().transform(REQUEST)).isSameAs(REQUEST);
    }

    @Test
    void hidesTheDeploymentKeyInToString() {
        assertThat(REQUEST.toString()).doesNotContain("server-key");
    }

    private static Buffer bytes(String hex) {
        return Buffer.buffer(HexFormat.of().parseHex(hex));
    }

    private static <T> String written(MessageCodec<T, T> codec, T message) {
        Buffer buffer = Buffer.buffer();
        codec.encodeToWire(buffer, message);
        return HexFormat.of().formatHex(buffer.getBytes());
    }

    /** Not at the start of the buffer, because Vert.x writes its own headers first. */
    private static <T> T roundTrip(MessageCodec<T, T> codec, T message) {
        Buffer buffer = Buffer.buffer("front");
        codec.encodeToWire(buffer, message);
        buffer.appendString("behind");
        return codec.decodeFromWire("front".length(), buffer);
    }
}
