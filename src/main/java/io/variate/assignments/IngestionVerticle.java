package io.variate.assignments;

import io.variate.bus.Addresses;
import io.variate.bus.FailureCode;
import io.variate.bus.ReceivedEvents;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records the events that clients sent to this node and to others, before it replies. Deploy one.
 *
 * <p>Works on worker threads: there may be thousands in a message, and {@code assignments.fsync: always} waits for the
 * disk with each.
 */
public final class IngestionVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(IngestionVerticle.class);

    /** So many messages are worked on or wait for a thread; their senders are told to come again with more. */
    private static final int MOST_UNDER_WAY = 64;

    private static final int WORKERS = 4;

    /** For files of the log that are being made ready, with all events of a message together; their sender waits longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final AssignmentRecorder recorder;
    private final Clock clock;
    private final Promise<Void> idle = Promise.promise();
    private @Nullable WorkerExecutor workers;
    private int underWay;
    private boolean stopping;

    /** Shares the recorder with the evaluators. */
    public IngestionVerticle(AssignmentRecorder recorder, Clock clock) {
        this.recorder = recorder;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        // Of its own, so that a disk that hangs holds up nobody else.
        workers = vertx.createSharedWorkerExecutor("variate-ingestion", WORKERS);
        MessageConsumer<ReceivedEvents> here =
                vertx.eventBus().localConsumer(Addresses.RECEIVED_ON_THIS_NODE, this::take);
        MessageConsumer<ReceivedEvents> anywhere = vertx.eventBus().consumer(Addresses.RECEIVED, this::take);
        return Future.all(here.completion(), anywhere.completion());
    }

    /** Finishes what is under way, for the log is closed after this. */
    @Override
    public Future<?> stop() {
        stopping = true;
        if (underWay == 0) {
            idle.tryComplete();
        }
        WorkerExecutor present = workers;
        return present == null ? Future.succeededFuture() : idle.future().compose(done -> present.close());
    }

    private void take(Message<ReceivedEvents> message) {
        ReceivedEvents received = message.body();
        WorkerExecutor present = workers;
        if (present == null || stopping || underWay >= MOST_UNDER_WAY) {
            fail(message, FailureCode.NOT_READY, "this node takes no events now");
            return;
        }
        underWay++;
        present.executeBlocking(() -> record(received), false).onComplete(done -> {
            settled();
            answer(message, done.result(), done.cause());
        });
    }

    /** Stops at the first that is refused: those before it are in the log, and known when they come again. */
    private boolean record(ReceivedEvents received) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (ReceivedEvents.Event event : received.events()) {
            if (!recorder.recordReceived(event, clock.millis(), deadline)) {
                return false;
            }
        }
        return true;
    }

    private void settled() {
        if (--underWay == 0 && stopping) {
            idle.tryComplete();
        }
    }

    private static void answer(Message<?> message, @Nullable Boolean taken, @Nullable Throwable defect) {
        if (taken == null) {
            log.error("events of clients cannot be recorded", defect);
            fail(message, FailureCode.INTERNAL, "the events cannot be recorded");
        } else if (taken) {
            message.reply(null);
        } else {
            fail(message, FailureCode.NOT_RECORDED, "the events cannot be recorded now");
        }
    }

    private static void fail(Message<?> message, FailureCode code, String text) {
        message.fail(code.number(), text);
    }
}
