package io.variate.assignments;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.bus.AssignmentBatch;
import io.variate.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Takes assignments from the evaluators and holds their events until they are delivered.
 *
 * <p>Thread-safe; {@link #record} never blocks. The buffer lives in memory and has a bound: when it is full, the newest
 * event is lost and counted.
 */
public final class AssignmentRecorder {
    private final AssignmentEvent encoder;
    private final AssignmentLedger ledger;
    private final BlockingQueue<AssignmentBatch.Event> buffer;

    /** One for each node. */
    public AssignmentRecorder(Settings settings, MeterRegistry metrics) {
        this.encoder =
                new AssignmentEvent(settings.node().zone(), settings.node().id());
        this.ledger = new AssignmentLedger(metrics);
        this.buffer = new ArrayBlockingQueue<>(settings.assignments().bufferSize());
    }

    /**
     * Records what a user was told. A user without user id and device id is nobody to assign to, and counts as untracked.
     */
    public void record(Assignment assignment) {
        if (assignment.context().userId() == null && assignment.context().deviceId() == null) {
            ledger.untracked();
            return;
        }
        // Counted before it can be taken, lest a fast drain makes the ledger go below zero.
        AssignmentBatch.Event event = encoder.encode(assignment);
        if (buffer.remainingCapacity() == 0) {
            ledger.lostBeforeBuffer();
            return;
        }
        ledger.buffered();
        if (!buffer.offer(event)) {
            ledger.lost(1, AssignmentLedger.Loss.BUFFER_FULL);
        }
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

    /** Takes the oldest events; whoever takes them answers for them in the ledger. */
    List<AssignmentBatch.Event> take(int most) {
        List<AssignmentBatch.Event> events = new ArrayList<>(Math.min(most, buffer.size()));
        buffer.drainTo(events, most);
        return events;
    }
}
