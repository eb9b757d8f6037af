package io.variate.assignments.delivery;

import io.variate.assignments.AssignmentLog;
import io.variate.assignments.amplitude.AmplitudeClient;
import io.variate.assignments.spool.Entry;
import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the events of this node's log to Kafka, or without Kafka to Amplitude, in batches and in order: see
 * {@link DeliveryLoop}.
 *
 * <p>Deploy one. A node without the analytics role sends its events to a node that has it, which delivers them for it.
 */
public final class AnalyticsVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(AnalyticsVerticle.class);
    private static final long BATCH_BYTES = 1 << 20;

    /**
     * Limits the batches of other nodes that are in flight here. A node whose request timed out sends its batch again while
     * the first copy may still be in flight.
     */
    private static final int MOST_BATCHES_OF_OTHERS = 32;

    /** Interval of attempts to open a closed spool and of reports of losses. */
    private static final long CHECK_MILLIS = 5_000;

    private final Settings settings;
    private final AssignmentLog spooled;
    private final DeliveryStatus status;
    private final @Nullable AmplitudeClient amplitude;

    private @Nullable EventSink sink;
    private @Nullable DeliveryLoop loop;
    private int batchesOfOthers;
    private boolean stopping;

    /**
     * Drains a log.
     *
     * @param status receives the outcome of each delivery
     * @param amplitude the destination without Kafka; null without events for Amplitude
     */
    public AnalyticsVerticle(
            Settings settings, AssignmentLog spooled, DeliveryStatus status, @Nullable AmplitudeClient amplitude) {
        this.settings = settings;
        this.spooled = spooled;
        this.status = status;
        this.amplitude = amplitude;
    }

    @Override
    public Future<?> start() {
        EventSink chosen = chooseSink();
        if (chosen != null) {
            sink = chosen;
            loop = new DeliveryLoop(
                    new SpoolSource(),
                    chosen,
                    status,
                    System::nanoTime,
                    (millis, task) -> vertx.setTimer(millis, over -> task.run()));
            vertx.setPeriodic(Math.max(1, settings.assignments().linger().toMillis()), tick -> advance());
        }
        if (settings.has(Role.EVALUATOR)) {
            vertx.setPeriodic(CHECK_MILLIS, tick -> check());
        }
        if (!settings.has(Role.ANALYTICS)
                || chosen == null
                || !settings.cluster().enabled()) {
            return Future.succeededFuture();
        }
        return vertx.eventBus()
                .<AssignmentBatch>consumer(Addresses.ASSIGNMENTS, this::deliverForOtherNode)
                .completion();
    }

    private @Nullable EventSink chooseSink() {
        if (!settings.has(Role.ANALYTICS)) {
            return new BusSink(vertx);
        }
        if (settings.kafka().bootstrapServers() != null) {
            return new KafkaSink(vertx, settings.kafka());
        }
        return amplitude == null ? null : new AmplitudeSink(vertx, amplitude);
    }

    private void advance() {
        if (loop != null) {
            loop.advance();
        }
    }

    private void check() {
        vertx.executeBlocking(() -> {
                    spooled.check();
                    return null;
                })
                .onFailure(failure -> log.error("cannot check the assignment log", failure));
    }

    /** Delivers the remaining events, for at most the configured time. The rest stays on disk for the next start. */
    @Override
    public Future<?> stop() {
        stopping = true;
        DeliveryLoop present = loop;
        if (present == null) {
            return Future.succeededFuture();
        }
        return present.drain()
                .timeout(settings.assignments().flushTimeout().toMillis(), TimeUnit.MILLISECONDS)
                // The checkpoint must cover everything that was acknowledged before the log is closed.
                .transform((done, late) -> present.close())
                .onComplete(closed -> reportRemaining());
    }

    private void reportRemaining() {
        long remaining = spooled.lag().records();
        if (remaining > 0) {
            log.warn("undelivered events stay on disk until the next start count={}", remaining);
        }
    }

    /** Reads and settles the log on worker threads, because both may wait for the disk. */
    private final class SpoolSource implements EventSource {
        @Override
        public Future<Batch> poll() {
            return vertx.executeBlocking(
                            () -> spooled.poll(settings.assignments().batchSize(), BATCH_BYTES))
                    .map(SpoolSource::batch);
        }

        private static Batch batch(List<Entry> entries) {
            long end = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).sequence() + 1;
            return new Batch(
                    entries.stream()
                            .map(entry -> EventSink.Event.of(entry.key(), entry.value()))
                            .toList(),
                    end);
        }

        @Override
        public Future<Void> commit(long sequence, int rejected) {
            return vertx.executeBlocking(() -> {
                spooled.commit(sequence, rejected);
                return null;
            });
        }
    }

    private void deliverForOtherNode(Message<AssignmentBatch> message) {
        EventSink to = sink;
        // While the destination is unavailable, a batch had better wait at its own node: here its request would time
        // out,
        // and each retry would add a copy. The sink does not notice every outage, for instance a paused broker.
        if (to == null || stopping || batchesOfOthers >= MOST_BATCHES_OF_OTHERS || to.trouble() != null) {
            fail(message, FailureCode.NOT_READY, "this node accepts no events now");
            return;
        }
        batchesOfOthers++;
        to.deliver(message.body().events().stream().map(EventSink.Event::of).toList())
                .onComplete(done -> batchesOfOthers--)
                .onComplete(
                        delivery -> message.reply(delivery.rejected()),
                        failure -> fail(message, FailureCode.INTERNAL, "cannot deliver the events"));
    }

    private static void fail(Message<?> message, FailureCode code, String text) {
        message.fail(code.number(), text);
    }
}
