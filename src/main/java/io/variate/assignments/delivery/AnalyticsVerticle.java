package io.variate.assignments.delivery;

import io.variate.assignments.AssignmentLog;
import io.variate.assignments.spool.Entry;
import io.variate.bus.Addresses;
import io.variate.bus.AssignmentBatch;
import io.variate.bus.FailureCode;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the events of this node from its disk to Kafka, in order, batch after batch, and settles them in the order in
 * which they were recorded. Batches that fail are sent again, from the first one on, ever more slowly.
 *
 * <p>Deploy one. A node without the analytics role hands its events to one that has it.
 */
public final class AnalyticsVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(AnalyticsVerticle.class);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;
    private static final long BATCH_BYTES = 1 << 20;

    /** After so long without an acknowledgement it is reported that events wait. */
    private static final long PATIENCE_MILLIS = 2_000;

    /** How often Kafka is looked for while there is nothing to deliver, so that readiness can tell. */
    private static final long PROBE_MILLIS = 5_000;

    /** So many batches of other nodes may wait here; a node that sends one again may have the first still waiting. */
    private static final int MOST_OF_OTHERS = 32;

    /** How often a spool that cannot be opened is tried again, and losses are told of. */
    private static final long CHECK_MILLIS = 5_000;

    private final Settings settings;
    private final AssignmentLog spooled;
    private final DeliveryStatus status;

    private @Nullable EventSink sink;

    /** Read from the log and not settled, oldest first. */
    private final Deque<Batch> batches = new ArrayDeque<>();

    private int underWay;
    private int ofOthers;
    private boolean reading;
    private boolean failed;
    private boolean stopping;
    private long lastProgress = System.nanoTime();
    private long nextProbe = System.nanoTime();
    private long pause = FIRST_PAUSE_MILLIS;
    private long nextAttempt = System.nanoTime();
    private final Promise<Void> drained = Promise.promise();

    /** The last note of what is delivered; never fails. */
    private Future<Void> noted = Future.succeededFuture();

    /** Events that are delivered together; none of them find out whether delivery is possible. */
    private static final class Batch {
        private final List<EventSink.Event> events;
        private final long end;
        private EventSink.@Nullable Delivery delivery;

        Batch(List<Entry> entries) {
            events = entries.stream()
                    .map(entry -> EventSink.Event.of(entry.key(), entry.value()))
                    .toList();
            end = entries.get(entries.size() - 1).sequence() + 1;
        }
    }

    /**
     * Drains a log.
     *
     * @param status where it notes how delivery does
     */
    public AnalyticsVerticle(Settings settings, AssignmentLog spooled, DeliveryStatus status) {
        this.settings = settings;
        this.spooled = spooled;
        this.status = status;
    }

    @Override
    public Future<?> start() {
        sink = chooseSink();
        vertx.setPeriodic(Math.max(1, settings.assignments().linger().toMillis()), tick -> drain());
        if (settings.has(Role.EVALUATOR)) {
            vertx.setPeriodic(CHECK_MILLIS, tick -> check());
        }
        if (!settings.has(Role.ANALYTICS) || sink == null || !settings.cluster().enabled()) {
            return Future.succeededFuture();
        }
        return vertx.eventBus()
                .<AssignmentBatch>consumer(Addresses.ASSIGNMENTS, this::deliverForAnother)
                .completion();
    }

    private void check() {
        vertx.executeBlocking(() -> {
                    spooled.check();
                    return null;
                })
                .onFailure(failure -> log.error("the assignment log cannot be looked after", failure));
    }

    /** Delivers what is left, within the time of the settings; the rest stays on the disk for the next start. */
    @Override
    public Future<?> stop() {
        stopping = true;
        EventSink present = sink;
        if (present == null) {
            return Future.succeededFuture();
        }
        nextAttempt = System.nanoTime();
        drain();
        return drained.future()
                .timeout(settings.assignments().flushTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .transform((done, late) -> {
                    sink = null;
                    return present.close();
                })
                // What the last of them delivered must be noted before the log is closed.
                .eventually(() -> noted)
                .onComplete(closed -> reportRest());
    }

    private void reportRest() {
        long rest = spooled.lag().records();
        if (rest > 0) {
            log.warn("{} events wait for the next start", rest);
        }
    }

    private @Nullable EventSink chooseSink() {
        if (!settings.has(Role.ANALYTICS)) {
            return new BusSink(vertx);
        }
        return settings.kafka().bootstrapServers() == null ? null : new KafkaSink(vertx, settings.kafka());
    }

    private void drain() {
        EventSink to = sink;
        if (to == null) {
            return;
        }
        reportTrouble(to);
        if (failed) {
            resume(to);
        } else if (mayRead(to)) {
            read(to);
        }
    }

    /** One batch of this node is always let in, however many of others fill the sink. */
    private boolean mayRead(EventSink to) {
        return !reading && (underWay == 0 || !to.isFull());
    }

    /** Takes the next batch from the log, which may wait for the disk. */
    private void read(EventSink to) {
        reading = true;
        vertx.executeBlocking(() -> spooled.poll(settings.assignments().batchSize(), BATCH_BYTES))
                .onComplete(
                        entries -> {
                            reading = false;
                            deliver(to, entries);
                        },
                        failure -> {
                            reading = false;
                            log.error("the assignment log cannot be read", failure);
                            postpone(failure);
                        });
    }

    private void deliver(EventSink to, List<Entry> entries) {
        if (!entries.isEmpty()) {
            Batch batch = new Batch(entries);
            batches.add(batch);
            // After a failure in the meantime it waits for its turn behind the others.
            if (!failed) {
                deliver(to, batch);
                drain();
            }
        } else if (stopping && batches.isEmpty()) {
            drained.tryComplete();
        } else if (batches.isEmpty() && underWay == 0 && System.nanoTime() >= nextProbe) {
            probe(to);
        }
    }

    private void deliver(EventSink to, Batch batch) {
        send(to, batch.events, delivery -> {
            batch.delivery = delivery;
            settle();
        });
    }

    private void probe(EventSink to) {
        send(to, List.of(), delivery -> succeed());
    }

    private void send(EventSink to, List<EventSink.Event> events, Consumer<EventSink.Delivery> delivered) {
        // Patience begins anew when something is sent after a time of silence.
        if (underWay++ == 0) {
            lastProgress = System.nanoTime();
        }
        to.deliver(events)
                .onComplete(
                        delivery -> {
                            underWay--;
                            delivered.accept(delivery);
                        },
                        failure -> {
                            underWay--;
                            postpone(failure);
                        });
    }

    /** Settles the batches at the front that are delivered: the log forgets events in order. */
    private void settle() {
        long end = -1;
        int refused = 0;
        while (!batches.isEmpty() && batches.element().delivery != null) {
            Batch settled = batches.remove();
            end = settled.end;
            refused += Objects.requireNonNull(settled.delivery).refused();
        }
        if (end >= 0) {
            commit(end, refused);
        }
        succeed();
        drain();
    }

    private void commit(long end, int refused) {
        if (refused > 0) {
            log.error("Kafka refuses {} events for good", refused);
        }
        noted = vertx.<Void>executeBlocking(() -> {
                    spooled.commit(end, refused);
                    return null;
                })
                .otherwise(failure -> {
                    log.error("it cannot be noted what was delivered", failure);
                    return null;
                });
    }

    private void succeed() {
        lastProgress = System.nanoTime();
        nextProbe = lastProgress + TimeUnit.MILLISECONDS.toNanos(PROBE_MILLIS);
        if (!status.isUp()) {
            log.info("events are delivered");
        }
        status.up();
        pause = FIRST_PAUSE_MILLIS;
    }

    private void postpone(Throwable cause) {
        noteDown(Causes.of(cause));
        if (!failed) {
            failed = true;
            nextAttempt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pause);
            vertx.setTimer(pause + 1, over -> drain());
            pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
        }
    }

    /** Sends again what failed and all behind it, once nothing is under way that could be overtaken. */
    private void resume(EventSink to) {
        if (underWay > 0 || (System.nanoTime() < nextAttempt && !stopping)) {
            return;
        }
        failed = false;
        nextProbe = System.nanoTime();
        // A copy, for a delivery that is over at once takes its batch out.
        for (Batch batch : List.copyOf(batches)) {
            batch.delivery = null;
            deliver(to, batch);
        }
        if (!failed && mayRead(to)) {
            read(to);
        }
    }

    private void reportTrouble(EventSink to) {
        boolean late = System.nanoTime() - lastProgress > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        if (underWay == 0 || !late) {
            return;
        }
        Throwable trouble = to.trouble();
        if (trouble != null) {
            noteDown(Causes.of(trouble));
        } else if (!status.isDown()) {
            noteDown("no acknowledgement for " + PATIENCE_MILLIS + " ms");
        }
    }

    private void noteDown(String reason) {
        if (!status.isDown() || !reason.equals(status.reason())) {
            log.warn("cannot deliver events; they stay on the disk: {}", reason);
        }
        status.down(reason);
    }

    private void deliverForAnother(Message<AssignmentBatch> message) {
        EventSink kafka = sink;
        // While events wait here, those of others wait better where they are: else their timeouts would pile up copies.
        // The sink does not know of every trouble, such as a broker that is paused.
        if (kafka == null || stopping || ofOthers >= MOST_OF_OTHERS || kafka.trouble() != null) {
            fail(message, FailureCode.NOT_READY, "this node takes no events now");
            return;
        }
        ofOthers++;
        kafka.deliver(message.body().events().stream().map(EventSink.Event::of).toList())
                .onComplete(done -> ofOthers--)
                .onComplete(
                        delivery -> message.reply(delivery.refused()),
                        failure -> fail(message, FailureCode.INTERNAL, "the events could not be delivered"));
    }

    private static void fail(Message<?> message, FailureCode code, String text) {
        message.fail(code.number(), text);
    }
}
