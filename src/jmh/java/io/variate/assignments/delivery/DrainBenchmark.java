package io.variate.assignments.delivery;

import io.variate.config.Settings;
import io.variate.dev.KafkaProcess;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * How fast the sink brings events to a broker in a JVM of its own, beside the plain producer in the loop of Kafka's
 * producer performance tool, round after round.
 *
 * <p>The loop is ours, since the tool is in no artifact of Kafka's version: one thread, {@code send} with a callback that
 * counts, then {@code flush}. Both get the same events, the same settings and a new topic for each run. Arguments:
 * events (1,000,000), rounds (3), and further producer properties as {@code name=value} for the plain producer alone.
 */
public final class DrainBenchmark {
    private static final int BATCH = 1_000;
    private static final int PARTITIONS = 3;

    /** Number of distinct texts; more would measure memory rather than the producers. */
    private static final int VARIETY = 20_000;

    private final Vertx vertx = Vertx.vertx();
    private final KafkaProcess kafka;
    private final int count;
    private final Map<String, String> baseline;
    private final List<EventSink.Event> events;

    private DrainBenchmark(KafkaProcess kafka, int count, Map<String, String> baseline) {
        this.kafka = kafka;
        this.count = count;
        this.baseline = baseline;
        this.events = events();
    }

    /** Prints events per second of each run, the medians and the ratio. */
    public static void main(String[] arguments) throws Exception {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        Map<String, String> baseline = Stream.of(arguments)
                .skip(2)
                .map(argument -> argument.split("=", 2))
                .collect(Collectors.toMap(setting -> setting[0], setting -> setting[1]));
        Path directory = Files.createTempDirectory("variate-drain-");
        try (KafkaProcess kafka = KafkaProcess.start(directory, Map.of("log.segment.bytes", "268435456"))) {
            new DrainBenchmark(kafka, count, baseline).run(rounds);
        } finally {
            delete(directory);
        }
        System.exit(0); // The thread of exec:java would wait for those of Vert.x.
    }

    private void run(int rounds) throws Exception {
        System.out.printf(
                Locale.ROOT,
                "%,d events, %d bytes each on average; plain producer: %s%n",
                count,
                Handover.bytesOf(events) / events.size(),
                baseline.isEmpty() ? "the same settings" : baseline);
        sink("warm-up-1", count / 4);
        plain("warm-up-2", count / 4);
        double[] ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            double plain = plain("plain-" + round, count);
            double sink = sink("sink-" + round, count);
            ratios[round] = sink / plain;
            System.out.printf(Locale.ROOT, "plain %,9.0f/s   sink %,9.0f/s   ratio %.2f%n", plain, sink, ratios[round]);
        }
        Arrays.sort(ratios);
        System.out.printf(Locale.ROOT, "median ratio %.2f%n", ratios[rounds / 2]);
    }

    private double plain(String topic, int many) throws Exception {
        createTopic(topic);
        AtomicLong acknowledged = new AtomicLong();
        long start = System.nanoTime();
        Map<String, Object> configuration = new ProducerFactory(settings(topic)).configuration();
        configuration.putAll(baseline);
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(configuration)) {
            for (int i = 0; i < many; i++) {
                EventSink.Event event = events.get(i % VARIETY);
                var unused =
                        producer.send(new ProducerRecord<>(topic, event.key(), event.value()), (metadata, failure) -> {
                            if (failure == null) {
                                acknowledged.incrementAndGet();
                            }
                        });
            }
            producer.flush();
            return checked(topic, many, acknowledged.get(), System.nanoTime() - start);
        }
    }

    private double sink(String topic, int many) throws Exception {
        createTopic(topic);
        Context context = vertx.getOrCreateContext();
        Promise<Feed> end = Promise.promise();
        long start = System.nanoTime();
        context.runOnContext(go -> new Feed(new KafkaSink(vertx, settings(topic)), many, end).pump());
        Feed feed = end.future().await(5, TimeUnit.MINUTES);
        double rate = checked(topic, many, feed.delivered, System.nanoTime() - start);
        Promise<Void> closed = Promise.promise();
        context.runOnContext(go -> feed.sink.close().onComplete(closed));
        closed.future().await(1, TimeUnit.MINUTES);
        return rate;
    }

    /** Delivers as the delivery loop does: batches until the sink is full. */
    private final class Feed {
        private final KafkaSink sink;
        private final int many;
        private final Promise<Feed> end;
        private int next;
        private long delivered;

        Feed(KafkaSink sink, int many, Promise<Feed> end) {
            this.sink = sink;
            this.many = many;
            this.end = end;
        }

        void pump() {
            while (next < many && !sink.isFull()) {
                int size = Math.min(BATCH, many - next);
                List<EventSink.Event> batch = new ArrayList<>(size);
                for (int i = 0; i < size; i++) {
                    batch.add(events.get(next++ % VARIETY));
                }
                sink.deliver(batch).onComplete(this::settle, end::fail);
            }
        }

        private void settle(EventSink.Delivery delivery) {
            delivered += delivery.delivered();
            if (delivered == many) {
                end.tryComplete(this);
            } else {
                pump();
            }
        }
    }

    private double checked(String topic, int many, long acknowledged, long nanos) throws Exception {
        long there = held(topic);
        if (acknowledged != many || there != many) {
            throw new IllegalStateException(acknowledged + " acknowledged, " + there + " there of " + many);
        }
        return many * 1e9 / nanos;
    }

    private long held(String topic) throws Exception {
        try (Admin admin = admin()) {
            var ends = new HashMap<TopicPartition, OffsetSpec>();
            for (int i = 0; i < PARTITIONS; i++) {
                ends.put(new TopicPartition(topic, i), OffsetSpec.latest());
            }
            return admin.listOffsets(ends).all().get().values().stream()
                    .mapToLong(end -> end.offset())
                    .sum();
        }
    }

    private void createTopic(String topic) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1)))
                    .all()
                    .get();
        }
    }

    private Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    }

    private Settings.Kafka settings(String topic) {
        return new Settings.Kafka(kafka.bootstrapServers(), topic, null);
    }

    /** Of the size and kind of real ones: a user in a handful of experiments. */
    private static List<EventSink.Event> events() {
        Random random = new Random(1);
        List<EventSink.Event> events = new ArrayList<>(VARIETY);
        for (int i = 0; i < VARIETY; i++) {
            String user = "user-" + Integer.toHexString(random.nextInt());
            StringBuilder text = new StringBuilder("{\"event_type\":\"[Experiment] Assignment\",\"user_id\":\"");
            text.append(user).append("\",\"time\":").append(1_790_000_000_000L + i * 13L);
            text.append(",\"insert_id\":\"").append(user).append(" null ").append(random.nextInt());
            text.append(" 20717\",\"event_properties\":{");
            StringBuilder set = new StringBuilder("{");
            for (int flag = 0; flag < 6; flag++) {
                String variant = random.nextBoolean() ? "treatment" : "control";
                text.append(flag == 0 ? "" : ",").append("\"checkout-flow-").append(flag);
                text.append(".variant\":\"")
                        .append(variant)
                        .append("\",\"checkout-flow-")
                        .append(flag);
                text.append(".details\":\"v").append(flag).append(" rule:All Other Users\"");
                set.append(flag == 0 ? "" : ",")
                        .append("\"[Experiment] checkout-flow-")
                        .append(flag);
                set.append("\":\"").append(variant).append('"');
            }
            text.append("},\"user_properties\":{\"$set\":").append(set).append("},\"$unset\":{}},");
            text.append("\"ruleset_revision\":42,\"deployment\":\"web\",\"zone\":\"us\",\"node\":\"node-1\"}");
            events.add(EventSink.Event.of(
                    user.getBytes(StandardCharsets.UTF_8), text.toString().getBytes(StandardCharsets.UTF_8)));
        }
        return events;
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
