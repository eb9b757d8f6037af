package io.variate.assignments.delivery;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.variate.assignments.ForwarderLedger;
import io.variate.assignments.amplitude.AmplitudeClient;
import io.variate.assignments.delivery.PartitionProgress.Chunk;
import io.variate.config.Settings;
import io.variate.observability.MetricNames;
import io.variate.observability.OncePerMinute;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecords;
import io.vertx.kafka.client.consumer.OffsetAndMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the events of the Kafka topics to Amplitude, as a member of a consumer group: the forwarders of all nodes share
 * the partitions. Commits an offset once every event before it is delivered or rejected permanently. After a crash or a
 * rebalance, uncommitted events are delivered again; their {@code insert_id} makes that harmless.
 *
 * <p>The consumer polls on its own thread even while delivery fails, with those partitions paused whose events in flight
 * reach a bound. Deploy one.
 */
public final class ForwarderVerticle extends VerticleBase {
    private static final Logger log = LoggerFactory.getLogger(ForwarderVerticle.class);

    /** Limits how long a commit, a pause or a stop waits for a poll without records. */
    private static final Duration POLL = Duration.ofMillis(100);

    private static final long COMMIT_MILLIS = 200;
    private static final long LAG_MILLIS = 5_000;

    /** Of a partition: beyond these limits it is paused. */
    private static final long MOST_RECORDS = 10_000;

    private static final long MOST_BYTES = 8 << 20;

    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 10_000;
    private static final long RETRY_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 5_000;
    private static final byte[] NO_VALUE = {};

    private final Settings settings;
    private final AmplitudeClient amplitude;
    private final ForwarderLedger ledger;
    private final OutageLog outages;
    private final OncePerMinute lines = new OncePerMinute(System::nanoTime);
    private final AtomicLong unread = new AtomicLong();
    private final Promise<Void> drained = Promise.promise();

    private @Nullable EventSink sink;
    private @Nullable Session session;
    private int chunksInFlight;
    private boolean stopping;
    private long pauseMillis = FIRST_PAUSE_MILLIS;

    /**
     * A forwarder for the topics of the settings.
     *
     * @param ledger counts the events
     * @param status receives the state of Kafka and Amplitude
     */
    public ForwarderVerticle(
            Settings settings,
            AmplitudeClient amplitude,
            ForwarderLedger ledger,
            DeliveryStatus status,
            MeterRegistry metrics) {
        this.settings = settings;
        this.amplitude = amplitude;
        this.ledger = ledger;
        this.outages = new OutageLog(log, "forwarding to Amplitude", "in Kafka", status, System::nanoTime);
        Gauge.builder(MetricNames.FORWARDER_LAG, unread, AtomicLong::get).register(metrics);
    }

    @Override
    public Future<?> start() {
        sink = new AmplitudeSink(vertx, amplitude);
        vertx.setPeriodic(COMMIT_MILLIS, tick -> check());
        vertx.setPeriodic(LAG_MILLIS, tick -> measureLag());
        connect();
        return Future.succeededFuture();
    }

    private void connect() {
        if (stopping) {
            return;
        }
        vertx.executeBlocking(new ConsumerFactory(settings.kafka())).onComplete(this::use, this::reconnectAfter);
    }

    private void use(Consumer<byte[], byte[]> created) {
        Session next = new Session(KafkaConsumer.create(vertx, created));
        if (stopping) {
            next.close();
            return;
        }
        session = next;
        next.start();
    }

    private void reconnectAfter(Throwable failure) {
        outages.down("consumer", "Kafka consumer failed and is recreated: " + Causes.of(failure));
        vertx.setTimer(pauseMillis, over -> connect());
        pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
    }

    private Set<String> topics() {
        Set<String> topics = new HashSet<>(Set.of(settings.kafka().topic()));
        String forwarded = settings.events().forwardTopic();
        if (forwarded != null) {
            topics.add(forwarded);
        }
        return topics;
    }

    private void check() {
        Session present = session;
        if (present == null || stopping) {
            return;
        }
        present.commit();
        Throwable trouble = sink == null ? null : sink.trouble();
        if (trouble != null) {
            outages.down(trouble);
        } else if (!present.isConnected()) {
            outages.down(
                    "connection",
                    "no connection to Kafka bootstrap.servers="
                            + settings.kafka().bootstrapServers());
        } else if (present.polled) {
            outages.up();
        }
    }

    private void measureLag() {
        Session present = session;
        if (present != null) {
            unread.set(present.recordsLag() + ledger.read().pending());
        }
    }

    /** Finishes what is in flight within {@code assignments.flush-timeout}, and commits it. */
    @Override
    public Future<?> stop() {
        stopping = true;
        Session present = session;
        if (chunksInFlight == 0) {
            drained.tryComplete();
        }
        return drained.future()
                .timeout(settings.assignments().flushTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .transform((done, late) -> {
                    if (late != null) {
                        log.warn(
                                "unforwarded events are read again after the next start count={}",
                                ledger.read().pending());
                    }
                    return present == null ? Future.succeededFuture() : present.close();
                })
                .transform((done, failure) -> sink == null ? Future.succeededFuture() : sink.close());
    }

    /** One consumer, from its creation until it is closed. */
    private final class Session {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final Map<TopicPartition, PartitionProgress> partitions = new HashMap<>();
        private final Set<TopicPartition> paused = new HashSet<>();
        private Future<?> polling = Future.succeededFuture();
        private Future<?> committing = Future.succeededFuture();
        private boolean polled;
        private boolean closed;

        Session(KafkaConsumer<byte[], byte[]> consumer) {
            this.consumer = consumer;
        }

        void start() {
            consumer.partitionsRevokedHandler(this::revoke);
            consumer.partitionsAssignedHandler(this::assign);
            polling = consumer.subscribe(topics()).onComplete(done -> poll(), this::fail);
        }

        private void assign(Set<TopicPartition> assigned) {
            log.info("partitions assigned to this forwarder: {}", assigned);
        }

        /** Deliveries in flight go on, but are not committed: the next owner reads these events again. */
        private void revoke(Set<TopicPartition> revoked) {
            partitions.keySet().removeAll(revoked);
            paused.removeAll(revoked);
        }

        private void poll() {
            if (stopping || closed) {
                return;
            }
            polling = adjustPauses()
                    .compose(done -> consumer.poll(POLL))
                    .onComplete(
                            records -> {
                                polled = true;
                                pauseMillis = FIRST_PAUSE_MILLIS;
                                accept(records);
                                poll();
                            },
                            this::fail);
        }

        private void fail(Throwable cause) {
            if (stopping || closed) {
                return;
            }
            closed = true;
            session = null;
            consumer.close().onComplete(done -> reconnectAfter(cause));
        }

        private void accept(KafkaConsumerRecords<byte[], byte[]> records) {
            if (records.isEmpty() || closed) {
                return;
            }
            for (org.apache.kafka.common.TopicPartition each : records.records().partitions()) {
                deliver(
                        new TopicPartition(each.topic(), each.partition()),
                        records.records().records(each));
            }
        }

        private void deliver(TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records) {
            List<EventSink.Event> events = new ArrayList<>(records.size());
            long bytes = 0;
            for (ConsumerRecord<byte[], byte[]> each : records) {
                // A record without a value is no event; the sink rejects it like other invalid ones.
                byte[] value = each.value() == null ? NO_VALUE : each.value();
                events.add(EventSink.Event.of(each.key() == null ? NO_VALUE : each.key(), value));
                bytes += value.length;
            }
            long end = records.get(records.size() - 1).offset() + 1;
            PartitionProgress progress = partitions.computeIfAbsent(partition, none -> new PartitionProgress());
            Chunk chunk = progress.add(end, events.size(), bytes);
            ledger.receive(events.size());
            chunksInFlight++;
            send(progress, chunk, events);
        }

        /** Retries without end, because an unsettled chunk would hold back the commits of its partition. */
        private void send(PartitionProgress progress, Chunk chunk, List<EventSink.Event> events) {
            Objects.requireNonNull(sink)
                    .deliver(events)
                    .onComplete(
                            delivery -> {
                                progress.settle(chunk);
                                ledger.settle(delivery.delivered(), delivery.rejected());
                                settle();
                            },
                            failure -> {
                                if (stopping) {
                                    settle();
                                } else {
                                    outages.down(failure);
                                    vertx.setTimer(RETRY_MILLIS, over -> send(progress, chunk, events));
                                }
                            });
        }

        private void settle() {
            chunksInFlight--;
            if (stopping && chunksInFlight == 0) {
                drained.tryComplete();
            }
        }

        /** Pauses partitions with too much in flight, or all of them while the sink is full, and resumes the others. */
        private Future<?> adjustPauses() {
            boolean isFull = sink != null && sink.isFull();
            Set<TopicPartition> pause = new HashSet<>();
            Set<TopicPartition> resume = new HashSet<>();
            partitions.forEach((partition, progress) -> {
                boolean mustPause = isFull || progress.records() >= MOST_RECORDS || progress.bytes() >= MOST_BYTES;
                if (mustPause && paused.add(partition)) {
                    pause.add(partition);
                } else if (!mustPause && paused.remove(partition)) {
                    resume.add(partition);
                }
            });
            // A partition that was revoked meanwhile cannot be paused.
            Future<?> done = pause.isEmpty()
                    ? Future.succeededFuture()
                    : consumer.pause(pause).otherwiseEmpty();
            return resume.isEmpty()
                    ? done
                    : done.compose(paused -> consumer.resume(resume).otherwiseEmpty());
        }

        Future<?> commit() {
            if (!committing.isComplete()) {
                return committing;
            }
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            Map<PartitionProgress, Long> committed = new HashMap<>();
            partitions.forEach((partition, progress) -> {
                long offset = progress.uncommitted();
                if (offset >= 0) {
                    offsets.put(partition, new OffsetAndMetadata(offset, ""));
                    committed.put(progress, offset);
                }
            });
            if (!offsets.isEmpty()) {
                committing = consumer.commit(offsets)
                        .onSuccess(done -> committed.forEach(PartitionProgress::committed))
                        .onFailure(failure -> {
                            if (lines.permits("commit")) {
                                log.info(
                                        "cannot commit offsets: {}; their events may be delivered again",
                                        Causes.of(failure));
                            }
                        });
            }
            return committing;
        }

        boolean isConnected() {
            return sumOfMetrics("connection-count") > 0;
        }

        /** Records that are in the partitions of this node after those that it has read. */
        long recordsLag() {
            return (long) sumOfMetrics("records-lag");
        }

        private double sumOfMetrics(String name) {
            return consumer.unwrap().metrics().entrySet().stream()
                    .filter(metric -> metric.getKey().name().equals(name))
                    .map(metric -> metric.getValue().metricValue())
                    .filter(value -> value instanceof Double number && !number.isNaN())
                    .mapToDouble(value -> (Double) value)
                    .sum();
        }

        /** Commits what is settled, and leaves the group. */
        Future<?> close() {
            closed = true;
            return polling.transform((polled, failure) -> committing)
                    .transform((earlier, failure) -> commit())
                    .transform((committed, failure) -> consumer.close())
                    .timeout(CLOSE_MILLIS, TimeUnit.MILLISECONDS)
                    .otherwise(failure -> {
                        log.warn("Kafka consumer failed to close cleanly: {}", failure.toString());
                        return null;
                    });
        }
    }
}
