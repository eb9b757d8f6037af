package io.variate.assignments.delivery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.config.Settings;
import io.variate.observability.MetricNames;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events that are neither assignments nor exposures to a separate topic, and replies once Kafka has acknowledged
 * them. Until then they are in memory only, so the sender must keep them.
 *
 * <p>Deploy one on a node with the analytics role, if Kafka and the topic are configured.
 */
public final class ForwardingVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(ForwardingVerticle.class);

    /**
     * Beyond this limit, and while Kafka is unavailable, messages are rejected as not ready, and their senders retry. One
     * message is always accepted, which detects that Kafka is back.
     */
    private static final long MOST_BYTES = 16 << 20;

    private static final int MOST_MESSAGES = 1_000;

    private final Settings.Kafka kafka;
    private final String topic;
    private final Counter forwarded;
    private @Nullable EventSink sink;
    private long bytes;
    private int messages;

    /** Forwards to a Kafka topic. */
    public ForwardingVerticle(Settings.Kafka kafka, String topic, MeterRegistry metrics) {
        this.kafka = kafka;
        this.topic = topic;
        this.forwarded = metrics.counter(MetricNames.EVENTS_FORWARDED);
    }

    @Override
    public Future<?> start() {
        sink = new KafkaSink(vertx, topic, new ProducerFactory(kafka));
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
            log.warn("cannot forward events from clients: {} topic={}", String.valueOf(failure), topic);
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
