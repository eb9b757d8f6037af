package io.variate.assignments.delivery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.assignments.amplitude.AmplitudeClient;
import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.config.Settings;
import io.variate.observability.MetricNames;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events that are neither assignments nor exposures to a separate topic, or without one to Amplitude, and replies
 * once they are acknowledged. Until then they are in memory only, so the sender must keep them.
 *
 * <p>Deploy one on a node with the analytics role, if there is such a destination.
 */
public final class ForwardingVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(ForwardingVerticle.class);

    /**
     * Beyond this limit, and while the destination is unavailable, messages are rejected as not ready, and their senders retry. One
     * message is always accepted, which detects that it is back.
     */
    private static final long MOST_BYTES = 16 << 20;

    private static final int MOST_MESSAGES = 1_000;

    private final Function<Vertx, EventSink> destination;
    private final Counter forwarded;
    private @Nullable EventSink sink;
    private long bytes;
    private int messages;

    private ForwardingVerticle(Function<Vertx, EventSink> destination, MeterRegistry metrics) {
        this.destination = destination;
        this.forwarded = metrics.counter(MetricNames.EVENTS_FORWARDED);
    }

    /** Forwards to a Kafka topic. */
    public static ForwardingVerticle toKafka(Settings.Kafka kafka, String topic, MeterRegistry metrics) {
        return new ForwardingVerticle(vertx -> new KafkaSink(vertx, topic, new ProducerFactory(kafka)), metrics);
    }

    /** Forwards to Amplitude. */
    public static ForwardingVerticle toAmplitude(AmplitudeClient amplitude, MeterRegistry metrics) {
        return new ForwardingVerticle(vertx -> new AmplitudeSink(vertx, amplitude), metrics);
    }

    @Override
    public Future<?> start() {
        sink = destination.apply(vertx);
        MessageConsumer<AssignmentBatch> here =
                vertx.eventBus().localConsumer(Addresses.FORWARDED_ON_THIS_NODE, this::accept);
        MessageConsumer<AssignmentBatch> anywhere = vertx.eventBus().consumer(Addresses.FORWARDED, this::accept);
        return Future.all(here.completion(), anywhere.completion());
    }

    @Override
    public Future<?> stop() {
        return sink == null ? Future.succeededFuture() : sink.close();
    }

    private void accept(Message<AssignmentBatch> message) {
        List<EventSink.Event> events =
                message.body().events().stream().map(EventSink.Event::of).toList();
        EventSink to = Objects.requireNonNull(sink);
        long size = Handover.bytesOf(events);
        if (messages > 0 && (messages >= MOST_MESSAGES || bytes + size > MOST_BYTES || to.trouble() != null)) {
            fail(message, FailureCode.NOT_READY, "this node accepts no events now");
            return;
        }
        messages++;
        bytes += size;
        to.deliver(events).onComplete(done -> {
            messages--;
            bytes -= size;
            answer(message, done.result(), done.cause());
        });
    }

    private void answer(Message<?> message, EventSink.@Nullable Delivery delivery, @Nullable Throwable failure) {
        if (delivery == null) {
            log.warn(
                    "cannot forward events from clients: {} destination={}",
                    String.valueOf(failure),
                    Objects.requireNonNull(sink).name());
            fail(message, FailureCode.NOT_READY, "cannot deliver the events");
            return;
        }
        forwarded.increment(delivery.delivered());
        message.reply(delivery.rejected());
    }

    private static void fail(Message<?> message, FailureCode code, String text) {
        message.fail(code.number(), text);
    }
}
