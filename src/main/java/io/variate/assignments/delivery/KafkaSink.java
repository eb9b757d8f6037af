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
 * Events to a Kafka topic: acknowledged by all replicas, idempotent, compressed. Batches are handed to the producer one
 * after another, each in one task on a worker thread, and several are under way at a time.
 *
 * <p><b>What is guaranteed.</b> The first copies of the events of one key stand in their partition in the order in which
 * they were delivered to this sink; an event that is refused for good is left out, and nothing else. Further copies
 * appear only after a producer failed for good or the sink was closed early, are equal byte for byte, and begin at or
 * after the first event that was not acknowledged. (A topic that is given more partitions moves keys between them, which
 * no producer can mend.)
 *
 * <p><b>How.</b> What Kafka's client takes it retries by itself, in order and without end: broker away, paused,
 * restarted, leader moved, topic deleted. What it does not take (no metadata, no memory) was never sent: it and all
 * behind it are handed over again after a pause. Any other failure stops the producer on its own thread before it sends
 * another request; one request is in flight at a time, so that nothing can have overtaken the failed event. The producer
 * is then closed, another is made, and all that was not acknowledged goes to it again, in order. What seems to be an
 * event's own fault goes alone the second time, and only what is refused alone, or as too large, which Kafka's client
 * finds out by splitting, is refused for good.
 *
 * <p>The producer is made at the first delivery, so that a node starts without Kafka. Used from the one Vert.x context
 * that it is made on, and not blocking it; a worker thread is blocked for {@code max.block.ms} at the longest.
 */
final class KafkaSink implements EventSink {
    private static final Logger log = LoggerFactory.getLogger(KafkaSink.class);
    private static final int CLOSE_TIMEOUT_MILLIS = 2_000;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;
    private static final int MOST_SUBMISSIONS = 5;

    /** Well below the producer's 32 MiB, of which each partition may also hold two batches that are not full. */
    private static final long MOST_BYTES_UNDER_WAY = 8 << 20;

    private static final long PART_BYTES = 1 << 20;

    private final Vertx vertx;
    private final Context context;
    private final String topic;
    private final Callable<Producer<byte[], byte[]>> maker;

    private final Deque<Submission> submissions = new ArrayDeque<>();
    private final Deque<Handover> waiting = new ArrayDeque<>();
    private final Deque<Handover> underWay = new ArrayDeque<>();
    private long bytesHeld;
    private long bytesUnderWay;

    private @Nullable Session session;

    /** The last work on another thread: making, feeding or closing a producer. Never fails. */
    private Future<Void> task = Future.succeededFuture();

    private boolean resting;
    private boolean closed;
    private long pause = FIRST_PAUSE_MILLIS;
    private @Nullable Throwable trouble;

    /** What was logged last. */
    private @Nullable String reported;

    KafkaSink(Vertx vertx, Settings.Kafka settings) {
        this(vertx, settings.topic(), new ProducerFactory(settings));
    }

    /** @param maker makes a producer; called on a worker thread */
    KafkaSink(Vertx vertx, String topic, Callable<Producer<byte[], byte[]>> maker) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.topic = topic;
        this.maker = maker;
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
        return submissions.size() >= MOST_SUBMISSIONS || bytesHeld >= MOST_BYTES_UNDER_WAY;
    }

    @Override
    public @Nullable Throwable trouble() {
        return trouble;
    }

    private void pump() {
        Handover next = waiting.peekFirst();
        if (next == null || !task.isComplete() || resting || closed || !hasRoomFor(next)) {
            return;
        }
        Session ready = session;
        if (ready == null) {
            task = make();
        } else {
            underWay.addLast(waiting.removeFirst());
            bytesUnderWay += next.bytes();
            task = hand(ready, next);
        }
        task.onComplete(done -> pump());
    }

    private boolean hasRoomFor(Handover next) {
        Handover last = underWay.peekLast();
        return last == null
                || (!next.isAlone() && !last.isAlone() && bytesUnderWay + next.bytes() <= MOST_BYTES_UNDER_WAY);
    }

    private Future<Void> make() {
        return vertx.executeBlocking(() -> KafkaProducer.create(vertx, maker.call()))
                .transform((made, failure) -> {
                    if (failure != null) {
                        report(Causes.of(failure));
                        rest(failure);
                    } else {
                        session = new Session(made);
                    }
                    return Future.succeededFuture();
                });
    }

    /** Once for each reason until Kafka acknowledges something: it is tried again for as long as it takes. */
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
                        prepend(handover.untaken());
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
            rest(obstacle);
        } else {
            replace(at, obstacle);
        }
    }

    private void rest(Throwable cause) {
        trouble = cause;
        resting = true;
        vertx.setTimer(pause, over -> {
            resting = false;
            pump();
        });
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }

    /** Closes a producer that failed, takes back what it has not acknowledged, and goes on with another after a pause. */
    private void replace(Session failed, Throwable cause) {
        if (session != failed || closed) {
            return;
        }
        report("Kafka producer failed and is recreated: " + Causes.of(cause));
        session = null;
        trouble = cause;
        task = task.transform(handed -> failed.close()).onSuccess(gone -> {
            takeBack();
            rest(cause);
        });
        task.onComplete(done -> pump());
    }

    private void takeBack() {
        List<Handover> again = new ArrayList<>();
        for (Handover handover : underWay) {
            again.addAll(handover.unsettled());
            handover.close();
        }
        underWay.clear();
        bytesUnderWay = 0;
        prepend(again);
        completeInOrder();
    }

    private void settled(Handover handover) {
        if (!underWay.remove(handover)) {
            return; // Taken back in the meantime, with all its outcomes.
        }
        bytesUnderWay -= handover.bytes();
        if (handover.isTold()) {
            trouble = null;
            reported = null;
            pause = FIRST_PAUSE_MILLIS;
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
        IllegalStateException cause = new IllegalStateException("closed before Kafka acknowledged all");
        List<Submission> left = List.copyOf(submissions);
        submissions.clear();
        left.forEach(submission -> submission.fail(cause));
    }

    /** The life of one producer. */
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

        /** Called on the producer's own thread, which sends nothing more once this has returned. */
        @Override
        public void failed(Throwable cause) {
            if (halted.compareAndSet(false, true)) {
                producer().close(Duration.ZERO);
                context.runOnContext(go -> replace(this, cause));
            }
        }

        /** Ends its thread, and with it all callbacks. */
        Future<Void> close() {
            return client.close(CLOSE_TIMEOUT_MILLIS).otherwise(failure -> {
                log.warn("the Kafka producer did not close well: {}", failure.toString());
                return null;
            });
        }
    }
}
