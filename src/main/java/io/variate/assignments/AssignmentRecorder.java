package io.variate.assignments;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.bus.AssignmentBatch;
import io.variate.config.Settings;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes assignments from the evaluators and holds their events until they are delivered.
 *
 * <p>Thread-safe; {@link #record} never blocks. The buffer lives in memory and has two bounds, of events and of bytes:
 * when it is full, the newest event is lost and counted. Bytes are held until an event is settled, also those of a batch
 * under way.
 */
public final class AssignmentRecorder {
    private final ThreadLocal<EventEncoder> encoder;
    private final AssignmentLedger ledger;
    private final BlockingQueue<AssignmentBatch.Event> buffer;
    private final long mostBytes;
    private final AtomicLong bytes = new AtomicLong();

    /** One for each node. */
    public AssignmentRecorder(Settings settings, MeterRegistry metrics) {
        FragmentCache fragments = new FragmentCache();
        this.encoder = ThreadLocal.withInitial(() -> new EventEncoder(
                fragments, settings.node().zone(), settings.node().id()));
        this.ledger = new AssignmentLedger(metrics);
        this.buffer = new ArrayBlockingQueue<>(settings.assignments().bufferSize());
        this.mostBytes = settings.assignments().bufferBytes();
    }

    /**
     * Records what a user was told. A user without user id and device id is nobody to assign to, and counts as untracked.
     */
    public void record(Assignment assignment) {
        if (assignment.context().userId() == null && assignment.context().deviceId() == null) {
            ledger.untracked();
            return;
        }
        // Looked at before the event is encoded: while Kafka is away, what cannot be kept should cost nothing.
        if (buffer.remainingCapacity() == 0 || bytes.get() >= mostBytes) {
            ledger.lostBeforeBuffer();
            return;
        }
        AssignmentBatch.Event event = encode(assignment);
        int size = bytesOf(event);
        if (bytes.addAndGet(size) > mostBytes) {
            bytes.addAndGet(-size);
            ledger.lostBeforeBuffer();
            return;
        }
        // Counted before it can be taken, lest a fast drain makes the ledger go below zero.
        ledger.buffered();
        if (!buffer.offer(event)) {
            bytes.addAndGet(-size);
            ledger.lost(1, AssignmentLedger.Loss.BUFFER_FULL);
        }
    }

    private AssignmentBatch.Event encode(Assignment assignment) {
        EventEncoder own = encoder.get().read(assignment);
        return new AssignmentBatch.Event(
                Buffer.buffer(own.key()), Buffer.buffer(own.assignment().toByteArray()));
    }

    /** Notes an evaluation whose sender asked for no event. */
    public void untracked() {
        ledger.untracked();
    }

    AssignmentLedger ledger() {
        return ledger;
    }

    /** How many events wait to be taken. */
    int waiting() {
        return buffer.size();
    }

    /** Takes the oldest events; whoever takes them answers for them in the ledger and releases their bytes. */
    List<AssignmentBatch.Event> take(int most) {
        List<AssignmentBatch.Event> events = new ArrayList<>(Math.min(most, buffer.size()));
        buffer.drainTo(events, most);
        return events;
    }

    /** Gives back the bytes of events that were taken and are held by nobody any more. */
    void release(long settled) {
        bytes.addAndGet(-settled);
    }

    /** The bytes that events count for: those of their keys and values. */
    static long bytesOf(List<AssignmentBatch.Event> events) {
        long sum = 0;
        for (AssignmentBatch.Event event : events) {
            sum += bytesOf(event);
        }
        return sum;
    }

    private static int bytesOf(AssignmentBatch.Event event) {
        return event.key().length() + event.value().length();
    }
}
