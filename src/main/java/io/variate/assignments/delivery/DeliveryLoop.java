package io.variate.assignments.delivery;

import io.variate.observability.OncePerMinute;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves batches from a source to a sink, and settles them in the order in which they were read. After a failure it waits,
 * with exponential backoff, and sends every unsettled batch again, from the first one on.
 *
 * <p>{@link State} has the states. Confined to one Vert.x context; never blocks.
 */
final class DeliveryLoop {
    private static final Logger log = LoggerFactory.getLogger(DeliveryLoop.class);

    static final long FIRST_PAUSE_MILLIS = 100;
    static final long LONGEST_PAUSE_MILLIS = 5_000;

    /** Delivery counts as down after this time without an acknowledgement. */
    static final long ACKNOWLEDGEMENT_TIMEOUT_MILLIS = 2_000;

    /** Interval of empty deliveries while there are no events, so that readiness reflects the sink's health. */
    static final long PROBE_MILLIS = 5_000;

    /** What the loop does when {@link #advance} is called, or when a read or a send completes. */
    sealed interface State {

        /** Reads a batch whenever the sink has capacity, and sends it at once. A failure leads to {@link Paused}. */
        record Delivering() implements State {}

        /**
         * Sends nothing. Returns to {@link Delivering} once every send has completed and the pause is over: a send that is
         * still in flight could otherwise be overtaken.
         *
         * @param until end of the pause, in nanoseconds of the loop's clock
         */
        record Paused(long until) implements State {}

        /** As {@link Delivering}, until the source is empty; leads to {@link Drained}. A failure leads to {@link Retrying}. */
        record Draining() implements State {}

        /** As {@link Paused}, without a pause: returns to {@link Draining} once every send has completed. */
        record Retrying() implements State {}

        /** Every event is settled. Final. */
        record Drained() implements State {}

        /** The sink is closed. Sends that were in flight may still be settled; nothing else is read or sent. Final. */
        record Closed() implements State {}
    }

    /** Runs a task once. */
    @FunctionalInterface
    interface Timer {
        /** Runs the task on the loop's context. */
        void schedule(long millis, Runnable task);
    }

    private final EventSource source;
    private final EventSink sink;
    private final DeliveryStatus status;
    private final OutageLog outages;
    private final OncePerMinute lines;
    private final LongSupplier nanoTime;
    private final Timer timer;

    private final Promise<Void> drained = Promise.promise();

    /** Read and not settled, oldest first. */
    private final Deque<Unsettled> unsettled = new ArrayDeque<>();

    private State state = new State.Delivering();
    private int inFlight;
    private boolean reading;
    private long pauseMillis = FIRST_PAUSE_MILLIS;
    private long lastProgress;
    private long nextProbe;

    /** Rejected events that no log line reports yet. */
    private long unreported;

    /** The last commit; never fails. */
    private Future<Void> committed = Future.succeededFuture();

    private static final class Unsettled {
        private final EventSource.Batch batch;
        private EventSink.@Nullable Delivery delivery;

        Unsettled(EventSource.Batch batch) {
            this.batch = batch;
        }
    }

    /**
     * Starts in {@link State.Delivering}; reads nothing before {@link #advance}.
     *
     * @param status receives the outcome of each delivery
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    DeliveryLoop(EventSource source, EventSink sink, DeliveryStatus status, LongSupplier nanoTime, Timer timer) {
        this.source = source;
        this.sink = sink;
        this.status = status;
        this.outages = new OutageLog(log, "event delivery", "on disk", status, nanoTime);
        this.lines = new OncePerMinute(nanoTime);
        this.nanoTime = nanoTime;
        this.timer = timer;
        this.lastProgress = nanoTime.getAsLong();
        this.nextProbe = lastProgress;
    }

    State state() {
        return state;
    }

    /** Reads or sends again if the state allows it. Call at short intervals. */
    void advance() {
        if (isFinal()) {
            return;
        }
        reportDelay();
        reportRejected();
        if (state instanceof State.Paused paused && nanoTime.getAsLong() - paused.until() >= 0) {
            resume(new State.Delivering());
        } else if (state instanceof State.Retrying) {
            resume(new State.Draining());
        } else if (isSending() && mayRead()) {
            read();
        }
    }

    /**
     * Delivers the remaining events, without pauses before retries.
     *
     * @return completes in {@link State.Drained}; never fails
     */
    Future<Void> drain() {
        if (state instanceof State.Delivering) {
            state = new State.Draining();
        } else if (state instanceof State.Paused) {
            state = new State.Retrying();
        }
        advance();
        return drained.future();
    }

    /** Closes the sink. Completes once every event that it acknowledged until then is settled. */
    Future<Void> close() {
        state = new State.Closed();
        return sink.close().eventually(() -> committed);
    }

    private boolean isFinal() {
        return state instanceof State.Drained || state instanceof State.Closed;
    }

    /** Whether a batch is sent as soon as it is read. */
    private boolean isSending() {
        return state instanceof State.Delivering || state instanceof State.Draining;
    }

    /** One batch of this node is always admitted, however many batches of other nodes fill the sink. */
    private boolean mayRead() {
        return !reading && (inFlight == 0 || !sink.isFull());
    }

    private void read() {
        reading = true;
        source.poll()
                .onComplete(
                        batch -> {
                            reading = false;
                            accept(batch);
                        },
                        failure -> {
                            reading = false;
                            if (lines.permits("read")) {
                                log.error("cannot read the assignment log", failure);
                            }
                            fail(failure);
                        });
    }

    private void accept(EventSource.Batch batch) {
        if (isFinal()) {
            return; // The log returns unsettled events again when it is next opened.
        }
        if (!batch.events().isEmpty()) {
            Unsettled next = new Unsettled(batch);
            unsettled.add(next);
            // After a failure during the read, the batch waits for the retry of those before it.
            if (isSending()) {
                send(next);
                advance();
            }
        } else if (unsettled.isEmpty()) {
            if (state instanceof State.Draining || state instanceof State.Retrying) {
                state = new State.Drained();
                drained.complete();
            } else if (inFlight == 0 && nanoTime.getAsLong() - nextProbe >= 0) {
                send(List.of(), delivery -> succeed());
            }
        }
    }

    private void send(Unsettled batch) {
        send(batch.batch.events(), delivery -> {
            batch.delivery = delivery;
            settle();
        });
    }

    private void send(List<EventSink.Event> events, Consumer<EventSink.Delivery> delivered) {
        // Time without anything in flight does not count towards the acknowledgement timeout.
        if (inFlight++ == 0) {
            lastProgress = nanoTime.getAsLong();
        }
        sink.deliver(events)
                .onComplete(
                        delivery -> {
                            inFlight--;
                            delivered.accept(delivery);
                        },
                        failure -> {
                            inFlight--;
                            fail(failure);
                        });
    }

    /** Settles the delivered batches at the front, because the log settles events in order only. */
    private void settle() {
        long end = -1;
        int rejected = 0;
        while (!unsettled.isEmpty() && unsettled.element().delivery != null) {
            Unsettled settled = unsettled.remove();
            end = settled.batch.end();
            rejected += Objects.requireNonNull(settled.delivery).rejected();
        }
        if (end >= 0) {
            commit(end, rejected);
        }
        succeed();
        advance();
    }

    private void commit(long end, int rejected) {
        unreported += rejected;
        reportRejected();
        committed = source.commit(end, rejected).otherwise(failure -> {
            if (lines.permits("commit")) {
                log.error("cannot save the delivery checkpoint", failure);
            }
            return null;
        });
    }

    private void reportRejected() {
        if (unreported > 0 && lines.permits("rejected")) {
            log.error("{} rejected events permanently; they are lost count={}", sink.name(), unreported);
            unreported = 0;
        }
    }

    private void succeed() {
        lastProgress = nanoTime.getAsLong();
        nextProbe = lastProgress + TimeUnit.MILLISECONDS.toNanos(PROBE_MILLIS);
        Throwable trouble = sink.trouble();
        if (trouble != null) {
            // Events of others still wait, for instance those of a project with an invalid API key.
            outages.down(trouble);
        } else {
            outages.up();
        }
        pauseMillis = FIRST_PAUSE_MILLIS;
    }

    private void fail(Throwable cause) {
        outages.down(cause);
        if (!isSending()) {
            return;
        }
        state = state instanceof State.Draining
                ? new State.Retrying()
                : new State.Paused(nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(pauseMillis));
        timer.schedule(pauseMillis + 1, this::advance);
        pauseMillis = Math.min(pauseMillis * 2, LONGEST_PAUSE_MILLIS);
    }

    /** Sends every unsettled batch again, once no send is in flight that a retry could overtake. */
    private void resume(State sending) {
        if (inFlight > 0) {
            return;
        }
        state = sending;
        nextProbe = nanoTime.getAsLong();
        // A copy, because a delivery that completes at once removes its batch.
        for (Unsettled batch : List.copyOf(unsettled)) {
            batch.delivery = null;
            send(batch);
        }
        if (isSending() && mayRead()) {
            read();
        }
    }

    private void reportDelay() {
        boolean late =
                nanoTime.getAsLong() - lastProgress > TimeUnit.MILLISECONDS.toNanos(ACKNOWLEDGEMENT_TIMEOUT_MILLIS);
        if (inFlight == 0 || !late) {
            return;
        }
        Throwable trouble = sink.trouble();
        if (trouble != null) {
            outages.down(trouble);
        } else if (!status.isDown()) {
            outages.down("delay", "no acknowledgement for " + ACKNOWLEDGEMENT_TIMEOUT_MILLIS + " ms");
        }
    }
}
