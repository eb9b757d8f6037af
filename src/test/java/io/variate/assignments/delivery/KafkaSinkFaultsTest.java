package io.variate.assignments.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.config.Settings;
import io.variate.dev.EventsReader;
import io.variate.dev.KafkaProcess;
import io.variate.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong with a real broker: nothing is lost, counts are exact, and each key's events are in order. */
@Tag("slow")
class KafkaSinkFaultsTest {
    private static final int KEYS = 7;
    private static final int BATCH = 100;

    @TempDir
    static Path directory;

    private static KafkaProcess kafka;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final List<Producer<byte[], byte[]>> producers = Collections.synchronizedList(new ArrayList<>());

    private final List<KafkaSink> sinks = new ArrayList<>();

    @BeforeAll
    static void startKafka() {
        kafka = KafkaProcess.start(
                directory.resolve("kafka"),
                Map.of(
                        "auto.create.topics.enable",
                        "false",
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                        "allow.everyone.if.no.acl.found",
                        "true"));
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @AfterEach
    void close() throws Exception {
        for (KafkaSink sink : sinks) {
            onContext(sink::close);
        }
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void survivesABrokerUnavailableAtStart() throws Exception {
        createTopic("away", Map.of());
        kafka.kill();
        Flow flow = flow("away", "", KafkaSinkFaultsTest::event).start(2_000);
        try {
            Await.value("the sink reports a failure", () -> flow.trouble(), seen -> seen != null);
        } finally {
            kafka.restart();
        }
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(2_000, 0));
        assertOrdered("away", 2_000, 0);
        assertThat(producers).hasSize(1);
    }

    @Test
    void survivesAMissingTopic() throws Exception {
        Flow flow = flow("late", "", KafkaSinkFaultsTest::event).start(2_000);
        Await.value("the sink reports a failure", () -> flow.trouble(), seen -> seen != null);
        createTopic("late", Map.of());
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(2_000, 0));
        assertOrdered("late", 2_000, 0);
    }

    @Test
    void survivesAPausedBroker() throws Exception {
        createTopic("paused", Map.of());
        Flow flow = flow("paused", "request.timeout.ms=1000", KafkaSinkFaultsTest::event)
                .start(30_000);
        flow.awaitDelivered(2_000);
        kafka.pause();
        try {
            double before = metric("connection-close-total");
            Await.value(
                    "the producer has closed its connection",
                    () -> metric("connection-close-total"),
                    seen -> seen > before);
        } finally {
            kafka.resume();
        }
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(30_000, 0));
        assertOrdered("paused", 30_000, 0);
    }

    @Test
    void survivesAKilledBroker() throws Exception {
        createTopic("killed", Map.of());
        Flow flow = flow("killed", "", KafkaSinkFaultsTest::event).start(30_000);
        flow.awaitDelivered(2_000);
        double before = metric("connection-close-total");
        kafka.kill();
        try {
            Await.value(
                    "the producer has closed its connection",
                    () -> metric("connection-close-total"),
                    seen -> seen > before);
        } finally {
            kafka.restart();
        }
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(30_000, 0));
        assertOrdered("killed", 30_000, 0);
        assertThat(producers).hasSize(1);
    }

    @Test
    void survivesARestartedBroker() throws Exception {
        createTopic("restarted", Map.of());
        Flow flow = flow("restarted", "", KafkaSinkFaultsTest::event).start(30_000);
        flow.awaitDelivered(2_000);
        kafka.stop();
        kafka.restart();
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(30_000, 0));
        assertOrdered("restarted", 30_000, 0);
    }

    @Test
    void rejectsOnlyEventsTooLargeForTheTopic() throws Exception {
        createTopic("narrow", Map.of("max.message.bytes", "20000"));
        Flow flow = flow("narrow", "", n -> n % 500 == 250 ? large(n, 30_000) : event(n))
                .start(3_000);
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(2_994, 6));
        assertOrdered("narrow", 3_000, 6);
        assertThat(producers).hasSize(1);
    }

    @Test
    void rejectsOnlyEventsTooLargeForARequest() throws Exception {
        createTopic("huge", Map.of());
        Flow flow = flow("huge", "", n -> n % 500 == 250 ? large(n, 2_000_000) : event(n))
                .start(3_000);
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(2_994, 6));
        assertOrdered("huge", 3_000, 6);
        assertThat(producers).hasSize(1);
    }

    @Test
    void rejectsOnlyTheInvalidEventOfABatch() throws Exception {
        createTopic("compacted", Map.of("cleanup.policy", "compact"));
        Flow flow =
                flow("compacted", "", n -> n == 250 ? withoutKey(n) : event(n)).start(500);
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(499, 1));
        assertOrdered("compacted", 500, 1);
    }

    @Test
    void survivesARevokedPermission() throws Exception {
        createTopic("denied", Map.of());
        Flow flow = flow("denied", "", KafkaSinkFaultsTest::event).start(20_000);
        flow.awaitDelivered(1_000);
        List<AclBinding> denial = List.of(
                acl("denied", AclOperation.ALL, AclPermissionType.ALLOW),
                acl("denied", AclOperation.WRITE, AclPermissionType.DENY));
        admin(admin -> admin.createAcls(denial).all().get());
        Await.value("the sink reports a failure", () -> flow.trouble(), seen -> seen != null);
        admin(admin -> admin.deleteAcls(
                        denial.stream().map(AclBinding::toFilter).toList())
                .all()
                .get());
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(20_000, 0));
        assertOrderedWithCopies("denied", 20_000);
    }

    @Test
    void survivesExhaustedProducerMemory() throws Exception {
        createTopic("cramped", Map.of());
        String cramped = "buffer.memory=40000\nbatch.size=16384\nmax.block.ms=100\ncompression.type=none";
        Flow flow = flow("cramped", cramped, KafkaSinkFaultsTest::event).start(5_000);
        flow.awaitDelivered(500);
        kafka.pause();
        try {
            Await.value("the sink reports a failure", () -> flow.trouble(), seen -> seen != null);
        } finally {
            kafka.resume();
        }
        flow.awaitEnd();
        assertThat(flow.sum()).isEqualTo(new EventSink.Delivery(5_000, 0));
        assertOrdered("cramped", 5_000, 0);
    }

    @Test
    void closesWithinABoundWhileTheBrokerIsPaused() throws Exception {
        createTopic("closed", Map.of());
        Flow flow = flow("closed", "", KafkaSinkFaultsTest::event).start(1_000_000);
        flow.awaitDelivered(1_000);
        kafka.pause();
        try {
            long start = System.nanoTime();
            onContext(flow.sink::close);
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(8));
        } finally {
            kafka.resume();
        }
        assertThatThrownBy(flow::awaitEnd).hasStackTraceContaining("closed");
        // What was reported stands there; of what failed, some may.
        assertThat(ordered("closed").size()).isGreaterThanOrEqualTo(flow.sum().delivered());
    }

    /** Hands numbered events to a sink as fast as it takes them. */
    private final class Flow {
        private final KafkaSink sink;
        private final IntFunction<EventSink.Event> events;
        private final Promise<Void> end = Promise.promise();
        private int next;
        private int until;
        private int open;
        private volatile EventSink.Delivery sum = new EventSink.Delivery(0, 0);

        Flow(KafkaSink sink, IntFunction<EventSink.Event> events) {
            this.sink = sink;
            this.events = events;
        }

        Flow start(int count) {
            until = count;
            context.runOnContext(go -> pump());
            return this;
        }

        private void pump() {
            while (next < until && !sink.isFull() && !end.future().isComplete()) {
                List<EventSink.Event> batch = new ArrayList<>();
                while (batch.size() < BATCH && next < until) {
                    batch.add(events.apply(next++));
                }
                open++;
                sink.deliver(batch).onComplete(done -> settle(done.succeeded() ? done.result() : null, done.cause()));
            }
        }

        private void settle(EventSink.@Nullable Delivery delivery, @Nullable Throwable failure) {
            open--;
            if (delivery == null) {
                end.tryFail(failure);
                return;
            }
            sum = new EventSink.Delivery(sum.delivered() + delivery.delivered(), sum.rejected() + delivery.rejected());
            pump();
            if (next == until && open == 0) {
                end.tryComplete();
            }
        }

        EventSink.Delivery sum() {
            return sum;
        }

        @Nullable
        Throwable trouble() {
            List<Throwable> trouble = new ArrayList<>();
            try {
                onContext(() -> {
                    if (sink.trouble() != null) {
                        trouble.add(sink.trouble());
                    }
                    return Future.succeededFuture();
                });
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            return trouble.isEmpty() ? null : trouble.get(0);
        }

        void awaitDelivered(int count) {
            Await.value("all events are delivered", () -> sum.delivered(), seen -> seen >= count);
        }

        void awaitEnd() throws Exception {
            end.future().await(60, TimeUnit.SECONDS);
        }
    }

    private Flow flow(String topic, String properties, IntFunction<EventSink.Event> events) throws Exception {
        Path file = Files.writeString(directory.resolve(topic + ".properties"), properties);
        ProducerFactory factory = new ProducerFactory(new Settings.Kafka(kafka.bootstrapServers(), topic, file));
        KafkaSink sink = onContext(() -> Future.succeededFuture(new KafkaSink(vertx, topic, () -> remember(factory))));
        sinks.add(sink);
        return new Flow(sink, events);
    }

    private Producer<byte[], byte[]> remember(ProducerFactory factory) throws IOException {
        Producer<byte[], byte[]> producer = factory.call();
        producers.add(producer);
        return producer;
    }

    private double metric(String name) {
        return producers.get(0).metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals(name)
                        && metric.getKey().group().equals("producer-metrics"))
                .mapToDouble(metric -> (Double) metric.getValue().metricValue())
                .sum();
    }

    private static EventSink.Event event(int n) {
        return event("user-" + n % KEYS, n + " " + "-".repeat(200));
    }

    private static EventSink.Event withoutKey(int n) {
        return event("", n + " ");
    }

    /** Of letters that do not compress much. */
    private static EventSink.Event large(int n, int size) {
        StringBuilder text = new StringBuilder(n + " ");
        new Random(n).ints(size, 'a', 'z').forEach(text::appendCodePoint);
        return event("user-" + n % KEYS, text.toString());
    }

    private static EventSink.Event event(String key, String value) {
        return EventSink.Event.of(key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertOrdered(String topic, int sent, int refused) {
        List<EventsReader.Event> all = EventsReader.readAll(kafka.bootstrapServers(), topic);
        assertThat(all).as("copies").hasSize(sent - refused);
        assertThat(ordered(topic)).hasSize(sent - refused);
    }

    private static void assertOrderedWithCopies(String topic, int sent) {
        assertThat(ordered(topic)).hasSize(sent);
    }

    /** The numbers of a topic, after a look at the order of the first copies of each key. */
    private static Set<Integer> ordered(String topic) {
        Map<@Nullable String, Integer> last = new HashMap<>();
        Set<Integer> seen = new HashSet<>();
        for (EventsReader.Event event : EventsReader.readAll(kafka.bootstrapServers(), topic)) {
            int n = Integer.parseInt(event.value().substring(0, event.value().indexOf(' ')));
            if (seen.add(n)) {
                assertThat(n).isGreaterThan(last.getOrDefault(event.key(), -1));
                last.put(event.key(), n);
            }
        }
        return seen;
    }

    private static void createTopic(String topic, Map<String, String> configuration) throws Exception {
        admin(admin -> admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1).configs(configuration)))
                .all()
                .get());
    }

    private static AclBinding acl(String topic, AclOperation operation, AclPermissionType permission) {
        return new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
                new AccessControlEntry("User:ANONYMOUS", "*", operation, permission));
    }

    /** Something that an administrator does. */
    private interface Administration {
        Object carryOut(Admin admin) throws ExecutionException, InterruptedException;
    }

    private static void admin(Administration work) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            work.carryOut(admin);
        }
    }

    private <T> T onContext(Supplier<Future<T>> action) throws Exception {
        Promise<T> promise = Promise.promise();
        context.runOnContext(go -> action.get().onComplete(promise));
        return promise.future().await(20, TimeUnit.SECONDS);
    }
}
