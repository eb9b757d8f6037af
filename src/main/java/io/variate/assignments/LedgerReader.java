package io.variate.assignments;

import io.variate.assignments.AssignmentLog.Standing;
import io.variate.bus.FailureCode;
import io.variate.bus.LedgerRequest;
import io.variate.bus.LedgerResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.Message;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ledger of this node, for this node and for others. Thread-safe and never blocks the caller: it reads on a
 * dedicated thread, so that a disk that hangs blocks no other work.
 */
public final class LedgerReader {
    private static final long TIMEOUT_MILLIS = 500;

    private final Vertx vertx;
    private final AssignmentLog log;
    private final @Nullable ForwarderLedger forwarder;
    private final WorkerExecutor reader;

    /**
     * One per node; its thread ends with Vert.x.
     *
     * @param forwarder null on a node without a forwarder
     */
    public LedgerReader(Vertx vertx, AssignmentLog log, @Nullable ForwarderLedger forwarder) {
        this.vertx = vertx;
        this.log = log;
        this.forwarder = forwarder;
        this.reader = vertx.createSharedWorkerExecutor("variate-ledger", 1);
    }

    /** A snapshot of the log, taken after the call; fails after half a second. */
    public Future<Standing> read() {
        return reader.executeBlocking(log::standing).timeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** The ledger as a bus message, read after the call; fails as {@link #read} does. */
    public Future<LedgerResponse> ledger() {
        return read().map(this::toMessage);
    }

    /** Answers each {@link LedgerRequest} to an address until Vert.x is closed. */
    public Future<?> answerAt(String address) {
        return vertx.eventBus().<LedgerRequest>consumer(address, this::answer).completion();
    }

    private void answer(Message<LedgerRequest> message) {
        ledger().onComplete(
                        message::reply,
                        failure -> message.fail(FailureCode.INTERNAL.number(), "cannot read the ledger"));
    }

    private LedgerResponse toMessage(Standing standing) {
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
                standing.lag().age().toMillis(),
                forwarded());
    }

    private SortedMap<String, LedgerResponse.Forwarded> forwarded() {
        return forwarder == null ? new TreeMap<>() : new TreeMap<>(Map.of("amplitude", forwarder.read()));
    }
}
