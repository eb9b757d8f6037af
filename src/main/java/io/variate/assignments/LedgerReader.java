package io.variate.assignments;

import io.variate.assignments.AssignmentLog.Standing;
import io.variate.bus.FailureCode;
import io.variate.bus.LedgerRequest;
import io.variate.bus.LedgerResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.Message;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Reads the books of this node for whoever asks, in this node and in others. Thread-safe, never blocks: it reads on a
 * thread of its own, so that a disk that hangs holds up nobody else.
 */
public final class LedgerReader {
    private static final long PATIENCE_MILLIS = 500;

    private final Vertx vertx;
    private final AssignmentLog log;
    private final WorkerExecutor reader;

    /** One for each node; ends with Vert.x. */
    public LedgerReader(Vertx vertx, AssignmentLog log) {
        this.vertx = vertx;
        this.log = log;
        this.reader = vertx.createSharedWorkerExecutor("variate-books", 1);
    }

    /** Where the log stands after the call; fails if that cannot be told within half a second. */
    public Future<Standing> read() {
        return reader.executeBlocking(log::standing).timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** The ledger after the call, in the form in which nodes tell it each other; fails as {@link #read} does. */
    public Future<LedgerResponse> ledger() {
        return read().map(LedgerReader::asMessage);
    }

    /** Answers each {@link LedgerRequest} that comes to an address, until Vert.x is closed. */
    public Future<?> answerAt(String address) {
        return vertx.eventBus().<LedgerRequest>consumer(address, this::answer).completion();
    }

    private void answer(Message<LedgerRequest> message) {
        ledger().onComplete(
                        message::reply,
                        failure -> message.fail(FailureCode.INTERNAL.number(), "the ledger cannot be read"));
    }

    private static LedgerResponse asMessage(Standing standing) {
        Ledger ledger = standing.ledger();
        SortedMap<String, Long> lost = new TreeMap<>();
        for (Ledger.Loss cause : Ledger.Loss.values()) {
            lost.put(cause.label(), ledger.lost(cause));
        }
        return new LedgerResponse(
                ledger.evaluated(),
                ledger.exposures(),
                ledger.received(),
                ledger.untracked(),
                ledger.deduplicated(),
                ledger.delivered(),
                ledger.spooled(),
                lost,
                standing.lag().bytes(),
                standing.lag().age().toMillis());
    }
}
