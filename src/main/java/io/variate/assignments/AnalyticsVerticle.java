package io.variate.assignments;

import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.bus.UnsupportedVersionException;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the events of this node to Kafka, batch by batch: the next one starts when the last is settled, so the events
 * of a user stay in order. While Kafka is away it tries again, ever more slowly, up to every five seconds.
 *
 * <p>Deploy one. A node without the analytics role hands its events to one that has it.
 */
public final class AnalyticsVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(AnalyticsVerticle.class);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    /** A batch that takes longer is reported: Kafka's client goes on trying and says nothing. */
    private static final long PATIENCE_MILLIS = 2_000;

    /** How often Kafka is looked for while there is nothing to deliver, so that readiness can tell. */
    private static final long PROBE_MILLIS = 5_000;

    private final Settings settings;
    private final AssignmentRecorder recorder;
    private final DeliveryStatus status;

    private @Nullable EventSink sink;
    private List<AssignmentBatch.Event> pending = List.of();
    private boolean busy;
    private long busySince;
    private boolean stopping;
    private boolean stopped;
    private long nextProbe = System.nanoTime();
    private long pause = FIRST_PAUSE_MILLIS;
    private long nextAttempt;
    private final Promise<Void> drained = Promise.promise();

    /**
     * Drains a recorder.
     *
     * @param status where it notes how delivery does
     */
    public AnalyticsVerticle(Settings settings, AssignmentRecorder recorder, DeliveryStatus status) {
        this.settings = settings;
        this.recorder = recorder;
        this.status = status;
    }

    @Override
    public Future<?> start() {
        sink = chooseSink();
        long linger = Math.max(1, settings.assignments().linger().toMillis());
        vertx.setPeriodic(linger, tick -> drain());
        if (!settings.has(Role.ANALYTICS) || sink == null || !settings.cluster().enabled()) {
            return Future.succeededFuture();
        }
        return vertx.eventBus()
                .consumer(Addresses.ASSIGNMENTS, this::deliverForAnother)
                .completion();
    }

    /** Delivers what is left, within the time of the settings; the rest, or all without Kafka, is counted as lost. */
    @Override
    public Future<?> stop() {
        stopping = true;
        if (sink == null) {
            countLeftovers();
            return Future.succeededFuture();
        }
        nextAttempt = 0;
        drain();
        return drained.future()
                .timeout(settings.assignments().flushTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .recover(late -> {
                    countLeftovers();
                    return Future.succeededFuture();
                })
                .compose(done -> closeSink());
    }

    private Future<Void> closeSink() {
        return sink == null ? Future.succeededFuture() : sink.close();
    }

    private @Nullable EventSink chooseSink() {
        if (!settings.has(Role.ANALYTICS)) {
            return new BusSink(vertx);
        }
        return settings.kafka().bootstrapServers() == null ? null : new KafkaSink(vertx, settings.kafka());
    }

    private void drain() {
        if (busy) {
            reportIfSlow();
            return;
        }
        if (sink == null || (System.nanoTime() < nextAttempt && !stopping)) {
            return;
        }
        if (pending.isEmpty()) {
            pending = recorder.take(settings.assignments().batchSize());
        }
        if (!pending.isEmpty()) {
            deliver();
        } else if (stopping) {
            drained.tryComplete();
        } else if (System.nanoTime() >= nextProbe) {
            deliver();
        }
    }

    /** Delivers what is pending; with nothing pending, finds out whether it could. */
    private void deliver() {
        EventSink to = Objects.requireNonNull(sink);
        busy = true;
        busySince = System.nanoTime();
        to.deliver(events(pending)).onComplete(done -> {
            busy = false;
            nextProbe = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PROBE_MILLIS);
            if (stopped) {
                // Too late: these events have been counted as lost.
                return;
            }
            if (done.succeeded()) {
                settle(done.result());
            } else {
                postpone(done.cause());
            }
        });
    }

    private static List<EventSink.Event> events(List<AssignmentBatch.Event> batch) {
        return batch.stream().map(EventSink.Event::of).toList();
    }

    private void reportIfSlow() {
        if (status.isDown()) {
            return;
        }
        Throwable trouble = sink == null ? null : sink.trouble();
        if (trouble == null && System.nanoTime() - busySince > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS)) {
            trouble = new IllegalStateException("no acknowledgement for " + PATIENCE_MILLIS + " ms");
        }
        if (trouble != null) {
            log.warn("events wait: {}", trouble.toString());
            status.down(trouble);
        }
    }

    private void settle(EventSink.Delivery delivery) {
        recorder.ledger().delivered(delivery.delivered());
        if (delivery.refused() > 0) {
            recorder.ledger().lost(delivery.refused(), AssignmentLedger.Loss.REFUSED);
            log.error("Kafka refuses {} events for good", delivery.refused());
        }
        recorder.release(AssignmentRecorder.bytesOf(pending));
        pending = List.of();
        if (!status.isUp()) {
            log.info("Kafka takes events");
        }
        status.up();
        pause = FIRST_PAUSE_MILLIS;
        if (stopping || recorder.waiting() >= settings.assignments().batchSize()) {
            drain();
        }
    }

    private void postpone(Throwable cause) {
        if (!status.isDown()) {
            log.warn("events cannot be delivered and wait: {}", cause.toString());
        }
        status.down(cause);
        nextAttempt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
        if (stopping) {
            vertx.setTimer(FIRST_PAUSE_MILLIS, again -> drain());
        }
    }

    private void countLeftovers() {
        stopped = true;
        int left = pending.size() + recorder.take(Integer.MAX_VALUE).size();
        pending = new ArrayList<>();
        if (left > 0) {
            recorder.ledger().lost(left, AssignmentLedger.Loss.SHUTDOWN);
            log.error("{} events are lost: the node stops and they could not be delivered", left);
        }
    }

    private void deliverForAnother(Message<Object> message) {
        AssignmentBatch batch;
        try {
            // Decoded here and now; unanswered, its sender would wait for its whole timeout.
            batch = batch(message.body());
        } catch (UnsupportedVersionException e) {
            fail(message, FailureCode.UNSUPPORTED_VERSION, e.getMessage());
            return;
        } catch (IllegalArgumentException e) {
            fail(message, FailureCode.INVALID_REQUEST, e.getMessage());
            return;
        } catch (RuntimeException e) {
            log.error("a batch of events cannot be read", e);
            fail(message, FailureCode.INTERNAL, "the batch cannot be read");
            return;
        }
        deliverForAnother(message, batch);
    }

    private static AssignmentBatch batch(@Nullable Object body) {
        if (body instanceof AssignmentBatch batch) {
            return batch;
        }
        throw new IllegalArgumentException("the body must be a batch of events");
    }

    private void deliverForAnother(Message<Object> message, AssignmentBatch batch) {
        EventSink kafka = sink;
        // What waits here its sender would send again, and again: better it keeps it.
        if (kafka == null || stopping || kafka.isFull() || kafka.trouble() != null) {
            fail(message, FailureCode.NOT_READY, "this node delivers no events now");
            return;
        }
        kafka.deliver(events(batch.events())).onComplete(done -> {
            if (done.succeeded()) {
                message.reply(done.result().refused());
            } else {
                fail(message, FailureCode.INTERNAL, "the events could not be delivered");
            }
        });
    }

    private static void fail(Message<Object> message, FailureCode code, @Nullable String text) {
        message.fail(code.number(), String.valueOf(text));
    }
}
