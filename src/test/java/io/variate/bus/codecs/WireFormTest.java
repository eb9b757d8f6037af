package io.variate.bus.codecs;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.bus.AnswerFormat;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.CohortHeadsRequest;
import io.variate.bus.CohortHeadsResponse;
import io.variate.bus.CohortSlice;
import io.variate.bus.CohortSliceRequest;
import io.variate.bus.EvaluationBatch;
import io.variate.bus.EvaluationBatchResponse;
import io.variate.bus.EvaluationOutcome.Answered;
import io.variate.bus.EvaluationOutcome.Failed;
import io.variate.bus.EvaluationRequest;
import io.variate.bus.EvaluationResponse;
import io.variate.bus.EvaluatorAnnouncement;
import io.variate.bus.FailureCode;
import io.variate.bus.LedgerRequest;
import io.variate.bus.LedgerResponse;
import io.variate.bus.MessageType;
import io.variate.bus.NodeReport;
import io.variate.bus.NodeReportRequest;
import io.variate.bus.ReceivedEvents;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The wire format of the previous release, byte for byte. Nodes of both releases must understand a change of these files
 * during a rolling upgrade: see operations.md.
 */
class WireFormTest {
    private static final EvaluationRequest REQUEST = EvaluationRequest.builder("server-key")
            .userId("üser")
            .deviceId("device")
            .flagKeys(List.of("a", "b"))
            .context("{\"country\":\"US\"}")
            .trackAssignment(false)
            .trackExposure(true)
            .format(AnswerFormat.V2)
            .minRevision(7)
            .deadline(99)
            .build();
    private static final EvaluationResponse RESPONSE =
            new EvaluationResponse(7, Buffer.buffer("{\"f\":{\"key\":\"on\"}}"));

    private record Sample<T>(MessageCodec<T, T> codec, T message) {
        private String written() {
            Buffer buffer = Buffer.buffer();
            codec.encodeToWire(buffer, message);
            return HexFormat.of().formatHex(buffer.getBytes());
        }

        private T read(String hex) {
            return codec.decodeFromWire(0, Buffer.buffer(HexFormat.of().parseHex(hex)));
        }

        @Override
        public String toString() {
            return codec.name();
        }
    }

    static final List<Sample<?>> SAMPLES = List.of(
            new Sample<>(new EvaluationRequestCodec(), REQUEST),
            new Sample<>(new EvaluationResponseCodec(), RESPONSE),
            new Sample<>(new EvaluationBatchCodec(), new EvaluationBatch(List.of(REQUEST, REQUEST.until(1)))),
            new Sample<>(
                    new EvaluationBatchResponseCodec(),
                    new EvaluationBatchResponse(
                            List.of(new Answered(RESPONSE), new Failed(FailureCode.UNKNOWN_DEPLOYMENT, "none")))),
            new Sample<>(new EvaluatorAnnouncementCodec(), new EvaluatorAnnouncement("member", -5, true)),
            new Sample<>(
                    new AssignmentBatchCodec(),
                    new AssignmentBatch(List.of(
                            new AssignmentBatch.Event(Buffer.buffer("u"), Buffer.buffer("{}")),
                            new AssignmentBatch.Event(Buffer.buffer(), Buffer.buffer("{\"n\":2}"))))),
            new Sample<>(
                    new ReceivedEventsCodec(),
                    new ReceivedEvents(List.of(new ReceivedEvents.Event(
                            Buffer.buffer("u"), Buffer.buffer("identity"), Buffer.buffer("{}"))))),
            new Sample<>(new LedgerRequestCodec(), new LedgerRequest()),
            new Sample<>(
                    new LedgerResponseCodec(),
                    new LedgerResponse(
                            10,
                            3,
                            1,
                            1,
                            2,
                            6,
                            4,
                            new TreeMap<>(Map.of("spool-full", 1L, "torn", 0L)),
                            800,
                            1_500,
                            new TreeMap<>())),
            new Sample<>(new CohortHeadsRequestCodec(), new CohortHeadsRequest(12, 13, 77)),
            new Sample<>(
                    new CohortHeadsResponseCodec(),
                    new CohortHeadsResponse(
                            12,
                            77,
                            true,
                            List.of(new CohortHeadsResponse.Head("c", "User", 1_700_000_000_000L, 3, 17, 99, 4)))),
            new Sample<>(new CohortSliceRequestCodec(), new CohortSliceRequest("c", 1_700_000_000_000L, 5, 12)),
            new Sample<>(new CohortSliceCodec(), new CohortSlice(Buffer.buffer("\"a\",\"b\""))),
            new Sample<>(new NodeReportRequestCodec(), new NodeReportRequest()),
            new Sample<>(new NodeReportCodec(), new NodeReport("{\"name\":\"n\"}")));

    @ParameterizedTest
    @FieldSource("SAMPLES")
    void writesTheBytesOfThePreviousRelease(Sample<?> sample) throws IOException {
        assertThat(sample.written()).isEqualTo(kept(sample));
    }

    @ParameterizedTest
    @FieldSource("SAMPLES")
    void readsTheBytesOfThePreviousRelease(Sample<?> sample) throws IOException {
        assertThat(sample.read(kept(sample))).isEqualTo(sample.message());
    }

    @ParameterizedTest
    @FieldSource("SAMPLES")
    void skipsAFieldOfTheNextRelease(Sample<?> sample) throws IOException {
        Buffer longer = Buffer.buffer(HexFormat.of().parseHex(kept(sample)))
                .appendByte((byte) 200)
                .appendInt(3)
                .appendString("new");
        longer.setInt(0, longer.length() - Integer.BYTES);
        assertThat(sample.read(HexFormat.of().formatHex(longer.getBytes()))).isEqualTo(sample.message());
    }

    @Test
    void everyMessageTypeHasASample() {
        assertThat(SAMPLES.stream().map(sample -> sample.codec().name()))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(MessageType.values())
                        .map(MessageType::codecName)
                        .toList());
    }

    @Test
    void everyCodecEncodesTheMessageOfItsType() {
        for (MessageType type : MessageType.values()) {
            ByReferenceCodec<?> codec = MessageCodecs.of(type);
            assertThat(codec.name()).isEqualTo(type.codecName());
            assertThat(SAMPLES.stream().filter(sample -> sample.codec().name().equals(codec.name())))
                    .singleElement()
                    .satisfies(sample -> assertThat(sample.message()).isInstanceOf(type.messageClass()));
        }
    }

    private static String kept(Sample<?> sample) throws IOException {
        String file = "/bus/" + sample.codec().name() + ".hex";
        try (InputStream kept = WireFormTest.class.getResourceAsStream(file)) {
            assertThat(kept).as(file).isNotNull();
            return new String(kept.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
        }
    }
}
