package io.variate.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.bus.codecs.LateCodec;
import io.variate.bus.codecs.MessageCodecs;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessageGuardTest {
    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<Refusal> refusals = new LinkedBlockingQueue<>();

    private record Refusal(String address, FailureCode code) {}

    @BeforeEach
    void install() {
        MessageCodecs.register(vertx.eventBus());
        MessageGuard.install(vertx.eventBus(), (address, code, why) -> refusals.add(new Refusal(address, code)));
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    static Stream<String> addresses() {
        return Stream.of(
                Addresses.EVALUATE,
                Addresses.EVALUATE_ON_THIS_NODE,
                Addresses.EVALUATORS,
                Addresses.ASSIGNMENTS,
                Addresses.RECEIVED,
                Addresses.RECEIVED_ON_THIS_NODE,
                Addresses.FORWARDED,
                Addresses.FORWARDED_ON_THIS_NODE,
                Addresses.COHORTS_CHANGED);
    }

    static Stream<String> addressesOfOneNode() {
        return Stream.of(
                Addresses.evaluateAt(""),
                Addresses.ledgerOf(""),
                Addresses.cohortHeadsOf(""),
                Addresses.cohortMembersOf(""));
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void rejectsABodyThatTheAddressDoesNotAllow(String address) {
        listen(address);
        for (Object body : List.of("text", 7, Buffer.buffer("bytes"), new CohortSlice(Buffer.buffer()))) {
            assertThat(refusal(address, body)).isEqualTo(FailureCode.INVALID_REQUEST);
            assertThat(refusals.poll()).isEqualTo(new Refusal(address, FailureCode.INVALID_REQUEST));
        }
    }

    @ParameterizedTest
    @MethodSource("addressesOfOneNode")
    void rejectsABodyThatAnAddressOfOneNodeDoesNotAllow(String address) {
        listen(address + "node");
        assertThat(refusal(address + "node", "text")).isEqualTo(FailureCode.INVALID_REQUEST);
        assertThat(refusals.poll()).isEqualTo(new Refusal(address, FailureCode.INVALID_REQUEST));
    }

    @Test
    void rejectsAMessageOfALaterVersionAsUnsupported() {
        listen(Addresses.ASSIGNMENTS);
        assertThat(refusalOf(() -> {
                    throw new UnsupportedVersionException(9);
                }))
                .isEqualTo(FailureCode.UNSUPPORTED_VERSION);
        assertThat(refusals).containsExactly(new Refusal(Addresses.ASSIGNMENTS, FailureCode.UNSUPPORTED_VERSION));
    }

    @Test
    void rejectsAMessageThatCannotBeDecoded() {
        listen(Addresses.ASSIGNMENTS);
        assertThat(refusalOf(() -> {
                    throw new IndexOutOfBoundsException("cut off");
                }))
                .isEqualTo(FailureCode.INVALID_REQUEST);
        assertThat(refusals).containsExactly(new Refusal(Addresses.ASSIGNMENTS, FailureCode.INVALID_REQUEST));
    }

    @Test
    void passesAllowedMessagesAndForeignAddresses() throws Exception {
        listen(Addresses.EVALUATE);
        assertThat(ask(Addresses.EVALUATE, new JsonObject())).isEqualTo("taken");
        listen("another.application");
        assertThat(ask("another.application", "anything")).isEqualTo("taken");
        assertThat(refusals).isEmpty();
    }

    @Test
    void rejectsAPublishedMessageWithoutAReply() throws Exception {
        listen(Addresses.EVALUATORS);
        vertx.eventBus().publish(Addresses.EVALUATORS, "text");
        assertThat(refusals.poll(10, TimeUnit.SECONDS))
                .isEqualTo(new Refusal(Addresses.EVALUATORS, FailureCode.INVALID_REQUEST));
    }

    @Test
    void timesOutARequestWhoseReplyCannotBeDecoded() {
        LateCodec codec = new LateCodec(() -> {
            throw new IllegalArgumentException("cut off");
        });
        vertx.eventBus().registerCodec(codec);
        vertx.eventBus()
                .consumer("question", message -> message.reply("", new DeliveryOptions().setCodecName(codec.name())));
        ReplyException failure = catchThrowableOfType(ReplyException.class, () -> vertx.eventBus()
                .request("question", "?", new DeliveryOptions().setSendTimeout(100))
                .await(10, TimeUnit.SECONDS));
        assertThat(failure.failureType()).isEqualTo(ReplyFailure.TIMEOUT);
        assertThat(refusals).extracting(Refusal::code).containsExactly(FailureCode.INVALID_REQUEST);
    }

    private void listen(String address) {
        vertx.eventBus().localConsumer(address, message -> message.reply("taken"));
    }

    private Object ask(String address, Object body) throws Exception {
        return vertx.eventBus()
                .request(address, body)
                .await(10, TimeUnit.SECONDS)
                .body();
    }

    private @Nullable FailureCode refusal(String address, Object body) {
        ReplyException failure = catchThrowableOfType(ReplyException.class, () -> ask(address, body));
        return FailureCode.of(failure.failureCode());
    }

    /** The failure code for a message whose body the given decoder decodes when it is read. */
    private @Nullable FailureCode refusalOf(Supplier<Object> decoder) {
        LateCodec codec = new LateCodec(decoder);
        vertx.eventBus().registerCodec(codec);
        ReplyException failure = catchThrowableOfType(ReplyException.class, () -> vertx.eventBus()
                .request(Addresses.ASSIGNMENTS, "a batch", new DeliveryOptions().setCodecName(codec.name()))
                .await(10, TimeUnit.SECONDS));
        return FailureCode.of(failure.failureCode());
    }
}
