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
 * Events that are handed to a producer in one task, once, and what became of each.
 *
 * <p>Handed over on a worker thread; outcomes are written there and on the producer's own thread, each event's by one of
 * them. They may be read once the handover is settled, or its producer has been closed.
 */
final class Handover {
    private static final byte OPEN = 0;
    private static final byte DELIVERED = 1;
    private static final byte REFUSED = 2;
    private static final byte SUSPECT = 3;

    private final Submission submission;
    private final List<? extends EventSink.Event> events;
    private final boolean alone;
    private final long bytes;
    private final byte[] outcomes;

    /** Events without an outcome, and one until the handing over is finished. */
    private final AtomicInteger open;

    /** How many of the events were taken by the producer: all, until it takes no more. */
    private int taken;

    private boolean tried = true;
    private @Nullable Thread handing;
    private @Nullable Throwable obstacle;

    private Handover(Submission submission, List<? extends EventSink.Event> events, boolean alone) {
        this.submission = submission;
        this.events = events;
        this.alone = alone;
        this.bytes = bytesOf(events);
        this.outcomes = new byte[events.size()];
        this.open = new AtomicInteger(events.size() + 1);
        this.taken = events.size();
        submission.addParts(1);
    }

    /** What a handover says while it goes; called on any thread. */
    interface Listener {
        /** All that was taken has its outcome. */
        void settled(Handover handover);

        /** The producer failed with an event that it had taken, and must send nothing more. */
        void failed(Throwable cause);
    }

    /** Events in parts of about so many bytes; one empty part if there are none. */
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

    /** Whether nothing else may be under way with it, so that a refusal can be of nothing else. */
    boolean isAlone() {
        return alone;
    }

    /** Whether a broker had a say in it: not so if the very first event could not be handed over. */
    boolean isTold() {
        return tried;
    }

    /**
     * Hands the events to a producer, up to the first that it does not take; blocks as long as the producer waits for
     * metadata or memory.
     *
     * @return why it took no more; null if it took all
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
        taken = next;
        tried = obstacle == null || taken > 0;
        return obstacle;
    }

    /** Ends the handing over, once {@link #untaken} has been seen to; all that was taken may be settled from here on. */
    void finish(Listener listener) {
        release(events.size() - taken + 1, listener);
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

    /** The producer's word on one event. */
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
            } else if (isRefusalOfOne(failure)) {
                settle(index, REFUSED, listener);
            } else if (Thread.currentThread() == handing) {
                obstacle = failure;
            } else {
                outcomes[index] = isRefusal(failure) ? SUSPECT : OPEN;
                listener.failed(failure);
            }
        }

        /** A producer splits what is too large until one event is left: who is too large is so alone. */
        private boolean isRefusalOfOne(Throwable failure) {
            return failure instanceof RecordTooLargeException || (alone && isRefusal(failure));
        }
    }

    /** Whether an event may be at fault, itself or another one that the producer put into one batch with it. */
    private static boolean isRefusal(Throwable failure) {
        return failure instanceof RecordTooLargeException
                || failure instanceof RecordBatchTooLargeException
                || failure instanceof InvalidRecordException
                || failure instanceof PolicyViolationException;
    }

    /** What the producer did not take, to be handed over again. */
    List<Handover> untaken() {
        boolean none = taken == events.size() && tried;
        return none ? List.of() : List.of(new Handover(submission, events.subList(taken, events.size()), alone));
    }

    /** What it took and has no outcome, to be handed over again, in order; each suspect alone. */
    List<Handover> unsettled() {
        List<Handover> again = new ArrayList<>();
        int from = 0;
        while (from < taken) {
            int to = from + 1;
            if (outcomes[from] == OPEN) {
                while (to < taken && outcomes[to] == OPEN) {
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

    /** Notes in the submission what is settled of this part. */
    void close() {
        submission.settlePart(count(DELIVERED), count(REFUSED));
    }

    private int count(byte outcome) {
        int count = 0;
        for (byte each : outcomes) {
            count += each == outcome ? 1 : 0;
        }
        return count;
    }
}
