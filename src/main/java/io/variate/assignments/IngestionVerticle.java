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
 * Records events from clients of this and other nodes, and replies once they are recorded. Deploy one.
 *
 * <p>Works on worker threads: a message may hold thousands of events, and each waits for the disk with {@code
 * assignments.fsync: always}.
 */
public final class IngestionVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(IngestionVerticle.class);

    /** Limit of messages in flight or queued; more are rejected as not ready, and their senders retry. */
    private static final int MOST_IN_FLIGHT = 64;

    private static final int WORKERS = 4;

    /** How long the events of a message wait for log files to be prepared, in total; shorter than the sender's timeout. */
    private static final Duration LOG_WAIT = Duration.ofSeconds(2);

    private final AssignmentRecorder recorder;
    private final Clock clock;
    private final Promise<Void> idle = Promise.promise();
    private @Nullable WorkerExecutor workers;
    private int inFlight;
    private boolean stopping;

    /** Shares the recorder with the evaluators. */
    public IngestionVerticle(AssignmentRecorder recorder, Clock clock) {
        this.recorder = recorder;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        // A separate pool, so that a disk that hangs blocks no other work.
        workers = vertx.createSharedWorkerExecutor("variate-ingestion", WORKERS);
        MessageConsumer<ReceivedEvents> here =
                vertx.eventBus().localConsumer(Addresses.RECEIVED_ON_THIS_NODE, this::accept);
        MessageConsumer<ReceivedEvents> anywhere = vertx.eventBus().consumer(Addresses.RECEIVED, this::accept);
        return Future.all(here.completion(), anywhere.completion());
    }

    /** Completes the messages in flight, because the log is closed afterwards. */
    @Override
    public Future<?> stop() {
        stopping = true;
        if (inFlight == 0) {
            idle.tryComplete();
        }
        WorkerExecutor present = workers;
        return present == null ? Future.succeededFuture() : idle.future().compose(done -> present.close());
    }

    private void accept(Message<ReceivedEvents> message) {
        ReceivedEvents received = message.body();
        WorkerExecutor present = workers;
        if (present == null || stopping || inFlight >= MOST_IN_FLIGHT) {
            fail(message, FailureCode.NOT_READY, "this node accepts no events now");
            return;
        }
        inFlight++;
        present.executeBlocking(() -> record(received), false).onComplete(done -> {
            settled();
            answer(message, done.result(), done.cause());
        });
    }

    /** Stops at the first rejected event. Those before it are in the log and are deduplicated when the client retries. */
    private boolean record(ReceivedEvents received) {
        long deadline = System.nanoTime() + LOG_WAIT.toNanos();
        for (ReceivedEvents.Event event : received.events()) {
            if (!recorder.recordReceived(event, clock.millis(), deadline)) {
                return false;
            }
        }
        return true;
    }

    private void settled() {
        if (--inFlight == 0 && stopping) {
            idle.tryComplete();
        }
    }

    private static void answer(Message<?> message, @Nullable Boolean taken, @Nullable Throwable defect) {
        if (taken == null) {
            log.error("cannot record events from clients", defect);
            fail(message, FailureCode.INTERNAL, "cannot record the events");
        } else if (taken) {
            message.reply(null);
        } else {
            fail(message, FailureCode.NOT_RECORDED, "cannot record the events now");
        }
    }

    private static void fail(Message<?> message, FailureCode code, String text) {
        message.fail(code.number(), text);
    }
}
