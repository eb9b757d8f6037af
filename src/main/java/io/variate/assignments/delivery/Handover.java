package io.variate.assignments.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * Events that one task passes to a producer, once, and the outcome of each.
 *
 * <p>A worker thread passes the events. It and the producer's thread write the outcomes, each outcome by one of them. Outcomes
 * may be read once the handover is settled or its producer is closed.
 */
final class Handover {
    private static final byte OPEN = 0;
    private static final byte DELIVERED = 1;
    private static final byte REJECTED = 2;
    private static final byte SUSPECT = 3;

    private final Submission submission;
    private final List<? extends EventSink.Event> events;
    private final boolean alone;
    private final long bytes;
    private final byte[] outcomes;

    /** Number of events without an outcome, plus one until {@link #finish}. */
    private final AtomicInteger open;

    /** How many events the producer accepted. */
    private int accepted;

    private boolean sent = true;
    private @Nullable Thread handing;
    private @Nullable Throwable obstacle;

    private Handover(Submission submission, List<? extends EventSink.Event> events, boolean alone) {
        this.submission = submission;
        this.events = events;
        this.alone = alone;
        this.bytes = bytesOf(events);
        this.outcomes = new byte[events.size()];
        this.open = new AtomicInteger(events.size() + 1);
        this.accepted = events.size();
        submission.addParts(1);
    }

    /** Receives the progress of a handover, on any thread. */
    interface Listener {
        /** Every accepted event has its outcome. */
        void settled(Handover handover);

        /** The producer failed with an event that it had accepted, and must send nothing more. */
        void failed(Throwable cause);
    }

    /** Splits events into parts of about {@code partBytes}; one empty part without events. */
    static List<Handover> of(Submission submission, List<? extends EventSink.Event> events, long partBytes) {
        List<Handover> parts = new ArrayList<>();
        int from = 0;
        long sum = 0;
        for (int i = 0; i < events.size(); i++) {
            sum += bytesOf(events.get(i));
            if (sum >= partBytes && i + 1 < events.size()) {
                parts.add(new Handover(submission, events.subList(from, i + 1), false));
                from = i + 1;
                sum = 0;
            }
        }
        parts.add(new Handover(submission, events.subList(from, events.size()), false));
        return parts;
    }

    static long bytesOf(List<? extends EventSink.Event> events) {
        long sum = 0;
        for (EventSink.Event event : events) {
            sum += bytesOf(event);
        }
        return sum;
    }

    private static int bytesOf(EventSink.Event event) {
        return event.key().length + event.value().length;
    }

    Submission submission() {
        return submission;
    }

    long bytes() {
        return bytes;
    }

    /** Whether it must be the only handover in flight, so that a rejection can concern no other event. */
    boolean isAlone() {
        return alone;
    }

    /** Whether the producer accepted any event; false if it accepted not even the first one. */
    boolean isSent() {
        return sent;
    }

    /**
     * Passes the events to a producer, up to the first that it does not accept. Blocks while the producer waits for metadata
     * or memory.
     *
     * @return why the producer stopped accepting events; null if it accepted all
     */
    @Nullable
    Throwable hand(Producer<byte[], byte[]> producer, String topic, Listener listener) {
        handing = Thread.currentThread();
        if (events.isEmpty()) {
            probe(producer, topic);
        }
        int next = 0;
        while (next < events.size() && obstacle == null) {
            hand(next, producer, topic, listener);
            next += obstacle == null ? 1 : 0;
        }
        handing = null;
        accepted = next;
        sent = obstacle == null || accepted > 0;
        return obstacle;
    }

    /** Ends the handover; call after {@link #unaccepted} is handled. Accepted events may be settled from now on. */
    void finish(Listener listener) {
        release(events.size() - accepted + 1, listener);
    }

    private void probe(Producer<byte[], byte[]> producer, String topic) {
        try {
            producer.partitionsFor(topic);
        } catch (RuntimeException e) {
            obstacle = e;
        }
    }

    private void hand(int index, Producer<byte[], byte[]> producer, String topic, Listener listener) {
        EventSink.Event event = events.get(index);
        byte[] key = event.key();
        Receipt receipt = new Receipt(index, listener);
        try {
            var unused =
                    producer.send(new ProducerRecord<>(topic, key.length == 0 ? null : key, event.value()), receipt);
        } catch (RuntimeException e) {
            receipt.onCompletion(null, e);
        }
    }

    private void settle(int index, byte outcome, Listener listener) {
        outcomes[index] = outcome;
        release(1, listener);
    }

    private void release(int count, Listener listener) {
        if (open.addAndGet(-count) == 0) {
            listener.settled(this);
        }
    }

    /** Receives the outcome of one event from the producer. */
    private final class Receipt implements Callback {
        private final int index;
        private final Listener listener;

        Receipt(int index, Listener listener) {
            this.index = index;
            this.listener = listener;
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            if (failure == null) {
                settle(index, DELIVERED, listener);
            } else if (isRejectionOfOne(failure)) {
                settle(index, REJECTED, listener);
            } else if (Thread.currentThread() == handing) {
                obstacle = failure;
            } else {
                outcomes[index] = isRejection(failure) ? SUSPECT : OPEN;
                listener.failed(failure);
            }
        }

        /** A producer splits a batch that is too large until one event is left, so this event itself is too large. */
        private boolean isRejectionOfOne(Throwable failure) {
            return failure instanceof RecordTooLargeException || (alone && isRejection(failure));
        }
    }

    /** Whether the failure may be caused by the event itself, or by another event in the same producer batch. */
    private static boolean isRejection(Throwable failure) {
        return failure instanceof RecordTooLargeException
                || failure instanceof RecordBatchTooLargeException
                || failure instanceof InvalidRecordException
                || failure instanceof PolicyViolationException;
    }

    /** The events that the producer did not accept, to be passed again. */
    List<Handover> unaccepted() {
        boolean none = accepted == events.size() && sent;
        return none ? List.of() : List.of(new Handover(submission, events.subList(accepted, events.size()), alone));
    }

    /** The accepted events without an outcome, to be passed again in order; each suspect alone. */
    List<Handover> unsettled() {
        List<Handover> again = new ArrayList<>();
        int from = 0;
        while (from < accepted) {
            int to = from + 1;
            if (outcomes[from] == OPEN) {
                while (to < accepted && outcomes[to] == OPEN) {
                    to++;
                }
            }
            if (outcomes[from] == OPEN || outcomes[from] == SUSPECT) {
                again.add(new Handover(submission, events.subList(from, to), alone || outcomes[from] == SUSPECT));
            }
            from = to;
        }
        return again;
    }

    /** Adds the outcomes of this part to the submission. */
    void close() {
        submission.settlePart(count(DELIVERED), count(REJECTED));
    }

    private int count(byte outcome) {
        int count = 0;
        for (byte each : outcomes) {
            count += each == outcome ? 1 : 0;
        }
        return count;
    }
}
