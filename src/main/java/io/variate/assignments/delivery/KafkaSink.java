package io.variate.assignments.delivery;

import io.variate.config.Settings;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.producer.KafkaProducer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to a Kafka topic: acknowledged by all replicas, idempotent, compressed. One worker task at a time passes
 * a batch to the producer; several batches are in flight.
 *
 * <p><b>Guarantees.</b> The first copies of the events of one key are in their partition in the order in which they were
 * delivered to this sink. Only permanently rejected events are missing. Further copies appear only after a producer failed
 * fatally or the sink was closed early. They are identical, and begin at or after the first unacknowledged event. (Adding
 * partitions to a topic moves keys between partitions, which no producer can prevent.)
 *
 * <p><b>Mechanism.</b> Kafka's client retries accepted events by itself, in order and without limit: broker unavailable,
 * paused or restarted, leader moved, topic deleted. An event that the client does not accept (no metadata, no memory) was
 * never sent: it and all later events are passed again after a pause. Any other failure stops the producer on its own thread
 * before it sends another request. One request is in flight at a time, so no event can have overtaken the failed one. The
 * producer is then closed and recreated, and all unacknowledged events are passed again in order. An event that may have
 * caused the failure is sent alone the second time. It is rejected permanently only if it fails alone or is too large, which
 * Kafka's client finds by splitting batches.
 *
 * <p>The producer is created at the first delivery, so that a node starts without Kafka. Confined to the Vert.x context that
 * created it, and does not block it. A worker thread is blocked for at most {@code max.block.ms}.
 */
final class KafkaSink implements EventSink {
    private static final Logger log = LoggerFactory.getLogger(KafkaSink.class);
    private static final int CLOSE_TIMEOUT_MILLIS = 2_000;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;
    private static final int MOST_SUBMISSIONS = 5;

    /** Well below the producer's buffer of 32 MiB, which also holds up to two partly filled batches per partition. */
    private static final long MOST_BYTES_IN_FLIGHT = 8 << 20;

    private static final long PART_BYTES = 1 << 20;

    private final Vertx vertx;
    private final Context context;
    private final String topic;
    private final Callable<Producer<byte[], byte[]>> factory;

    private final Deque<Submission> submissions = new ArrayDeque<>();
    private final Deque<Handover> waiting = new ArrayDeque<>();
    private final Deque<Handover> inFlight = new ArrayDeque<>();
    private long bytesHeld;
    private long bytesInFlight;

    private @Nullable Session session;

    /** The last task on another thread: creating, feeding or closing a producer. Never fails. */
    private Future<Void> task = Future.succeededFuture();

    private boolean pausing;
    private boolean closed;
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private @Nullable Throwable trouble;

    /** The message that was logged last; null after an acknowledgement. */
    private @Nullable String reported;

    KafkaSink(Vertx vertx, Settings.Kafka settings) {
        this(vertx, settings.topic(), new ProducerFactory(settings));
    }

    /** @param factory creates a producer; called on a worker thread */
    KafkaSink(Vertx vertx, String topic, Callable<Producer<byte[], byte[]>> factory) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.topic = topic;
        this.factory = factory;
    }

    @Override
    public String name() {
        return "Kafka";
    }

    @Override
    public Future<Delivery> deliver(List<? extends Event> events) {
        if (closed) {
            return Future.failedFuture(new IllegalStateException("the sink is closed"));
        }
        Submission submission = new Submission(Handover.bytesOf(events));
        submissions.add(submission);
        bytesHeld += submission.bytes();
        waiting.addAll(Handover.of(submission, events, PART_BYTES));
        pump();
        return submission.future();
    }

    @Override
    public boolean isFull() {
        return submissions.size() >= MOST_SUBMISSIONS || bytesHeld >= MOST_BYTES_IN_FLIGHT;
    }

    @Override
    public @Nullable Throwable trouble() {
        return trouble;
    }

    private void pump() {
        Handover next = waiting.peekFirst();
        if (next == null || !task.isComplete() || pausing || closed || !hasRoomFor(next)) {
            return;
        }
        Session ready = session;
        if (ready == null) {
            task = createProducer();
        } else {
            inFlight.addLast(waiting.removeFirst());
            bytesInFlight += next.bytes();
            task = hand(ready, next);
        }
        task.onComplete(done -> pump());
    }

    private boolean hasRoomFor(Handover next) {
        Handover last = inFlight.peekLast();
        return last == null
                || (!next.isAlone() && !last.isAlone() && bytesInFlight + next.bytes() <= MOST_BYTES_IN_FLIGHT);
    }

    private Future<Void> createProducer() {
        return vertx.executeBlocking(() -> KafkaProducer.create(vertx, factory.call()))
                .transform((made, failure) -> {
                    if (failure != null) {
                        report(Causes.of(failure));
                        pause(failure);
                    } else {
                        session = new Session(made);
                    }
                    return Future.succeededFuture();
                });
    }

    /** Logs each reason once until the next acknowledgement, because retries never end. */
    private void report(String what) {
        if (!what.equals(reported)) {
            log.warn("{}; retrying topic={}", what, topic);
        }
        reported = what;
    }

    private Future<Void> hand(Session to, Handover handover) {
        return vertx.<@Nullable Throwable>executeBlocking(() -> handover.hand(to.producer(), topic, to))
                .transform((obstacle, defect) -> {
                    Throwable cause = defect != null ? defect : obstacle;
                    if (cause != null) {
                        prepend(handover.unaccepted());
                        stopAt(cause, to);
                    }
                    handover.finish(to);
                    return Future.succeededFuture();
                });
    }

    private void prepend(List<Handover> handovers) {
        for (int i = handovers.size() - 1; i >= 0; i--) {
            waiting.addFirst(handovers.get(i));
        }
    }

    private void stopAt(Throwable obstacle, Session at) {
        if (obstacle instanceof RetriableException) {
            pause(obstacle);
        } else {
            replace(at, obstacle);
        }
    }

    private void pause(Throwable cause) {
        trouble = cause;
        pausing = true;
        vertx.setTimer(pauseMillis, over -> {
            pausing = false;
            pump();
        });
        pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
    }

    /** Closes a failed producer, queues its unacknowledged events again, and creates another after a pause. */
    private void replace(Session failed, Throwable cause) {
        if (session != failed || closed) {
            return;
        }
        report("Kafka producer failed and is recreated: " + Causes.of(cause));
        session = null;
        trouble = cause;
        task = task.transform(handed -> failed.close()).onSuccess(gone -> {
            takeBack();
            pause(cause);
        });
        task.onComplete(done -> pump());
    }

    private void takeBack() {
        List<Handover> again = new ArrayList<>();
        for (Handover handover : inFlight) {
            again.addAll(handover.unsettled());
            handover.close();
        }
        inFlight.clear();
        bytesInFlight = 0;
        prepend(again);
        completeInOrder();
    }

    private void settled(Handover handover) {
        if (!inFlight.remove(handover)) {
            return; // Already taken back, with all its outcomes.
        }
        bytesInFlight -= handover.bytes();
        if (handover.isSent()) {
            trouble = null;
            reported = null;
            pauseMillis = FIRST_PAUSE_MILLIS;
        }
        handover.close();
        completeInOrder();
        pump();
    }

    private void completeInOrder() {
        for (Submission first = submissions.peekFirst();
                first != null && first.isSettled();
                first = submissions.peekFirst()) {
            submissions.removeFirst();
            bytesHeld -= first.bytes();
            first.complete();
        }
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return task.transform(handed -> session == null ? Future.succeededFuture() : session.close())
                .onSuccess(gone -> abandon());
    }

    private void abandon() {
        takeBack();
        IllegalStateException cause = new IllegalStateException("sink closed before Kafka acknowledged all events");
        List<Submission> left = List.copyOf(submissions);
        submissions.clear();
        left.forEach(submission -> submission.fail(cause));
    }

    /** One producer, from its creation until it is closed. */
    private final class Session implements Handover.Listener {
        private final KafkaProducer<byte[], byte[]> client;
        private final AtomicBoolean halted = new AtomicBoolean();

        Session(KafkaProducer<byte[], byte[]> client) {
            this.client = client;
        }

        Producer<byte[], byte[]> producer() {
            return client.unwrap();
        }

        @Override
        public void settled(Handover handover) {
            context.runOnContext(go -> KafkaSink.this.settled(handover));
        }

        /** Called on the producer's own thread, which sends nothing more after this returns. */
        @Override
        public void failed(Throwable cause) {
            if (halted.compareAndSet(false, true)) {
                producer().close(Duration.ZERO);
                context.runOnContext(go -> replace(this, cause));
            }
        }

        /** Stops the producer's thread, and with it all callbacks. */
        Future<Void> close() {
            return client.close(CLOSE_TIMEOUT_MILLIS).otherwise(failure -> {
                log.warn("Kafka producer failed to close cleanly: {} topic={}", failure.toString(), topic);
                return null;
            });
        }
    }
}
