package io.variate.assignments.amplitude;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.assignments.amplitude.EventUploader.Doubling;
import io.variate.assignments.amplitude.EventUploader.Outcome;
import io.variate.assignments.amplitude.EventUploader.Pauses;
import io.variate.assignments.amplitude.IngestionEndpoint.Reply;
import io.variate.assignments.amplitude.IngestionEndpoint.Request;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.testing.Await;
import io.variate.testing.LogLines;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EventUploaderTest {
    private static final Doubling MILLISECONDS = new Doubling(Duration.ofMillis(1), Duration.ofMillis(20));
    private static final Pauses SHORT =
            new Pauses(MILLISECONDS, MILLISECONDS, MILLISECONDS, Duration.ofMillis(300), Duration.ofSeconds(5));

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private IngestionEndpoint amplitude;
    private EventUploader uploader;

    @BeforeEach
    void start() throws Exception {
        amplitude = new IngestionEndpoint();
        uploader = uploader(Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
        amplitude.close();
    }

    // What is sent

    @Test
    void sendsDocumentedMembersWithTheKeyOfTheProject() throws Exception {
        upload("{\"event_type\":\"[Experiment] Assignment\",\"user_id\":\"ü\",\"insert_id\":\"1\",\"time\":1.50,"
                + "\"event_properties\":{\"zone\":1},\"ruleset_revision\":7,\"project\":\"mobile\",\"deployment\":\"d\","
                + "\"zone\":\"us\",\"node\":\"n\",\"received_time\":5}");
        Request request = amplitude.requests().get(0);
        assertThat(request.apiKey()).isEqualTo("mobile-key");
        assertThat(request.events())
                .containsExactly(new JsonObject(
                        "{\"event_type\":\"[Experiment] Assignment\",\"user_id\":\"ü\",\"insert_id\":\"1\",\"time\":1.50,"
                                + "\"event_properties\":{\"zone\":1}}"));
        assertThat(request.body().getJsonObject("options")).isEqualTo(new JsonObject("{\"min_id_length\":1}"));
    }

    @Test
    void rejectsEventsOfAProjectWithoutAnApiKey() throws Exception {
        assertThat(upload("{\"project\":\"unknown\",\"user_id\":\"u\",\"insert_id\":\"1\"}", event("u", 2)))
                .isEqualTo(new Outcome(1, 1));
        assertThat(rejected("no-api-key")).isEqualTo(1);
        assertThat(amplitude.taken()).containsExactly("u-2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"a\":", "text"})
    void rejectsWhatIsNoJsonObject(String value) throws Exception {
        assertThat(upload(value, event("u", 1))).isEqualTo(new Outcome(1, 1));
        assertThat(rejected("invalid")).isEqualTo(1);
    }

    @Test
    void respectsTheMaximumNumberOfEventsAndBytes() throws Exception {
        uploader = uploader(Map.of("max-batch-size", "7", "max-batch-bytes", "1024"));
        upload(events("u", 100));
        assertThat(amplitude.requests()).allSatisfy(request -> {
            assertThat(request.events()).hasSizeLessThanOrEqualTo(7);
            assertThat(request.body().encode().length()).isLessThanOrEqualTo(1_024);
        });
        assertThat(amplitude.taken()).hasSize(100);
    }

    @Test
    void respectsTheMaximumOfConcurrentRequests() throws Exception {
        uploader = uploader(Map.of("max-batch-size", "1", "max-requests", "3"));
        upload(IntStream.range(0, 200).mapToObj(n -> event("u" + n, n)).toArray(String[]::new));
        assertThat(amplitude.mostInFlight()).isBetween(1, 3);
    }

    // Documented answers

    @Test
    void splitsARequestThatIsTooLarge() throws Exception {
        amplitude.always(
                request -> request.events().size() > 3 ? Reply.of(413, error("Payload too large")) : Reply.ok());
        assertThat(upload(events("u", 20))).isEqualTo(new Outcome(20, 0));
        assertThat(amplitude.taken()).isEqualTo(ids("u", 20));
    }

    @Test
    void rejectsASingleEventThatIsTooLarge() throws Exception {
        amplitude.always(request ->
                request.insertIds().contains("u-5") ? Reply.of(413, error("Payload too large")) : Reply.ok());
        assertThat(upload(events("u", 20))).isEqualTo(new Outcome(19, 1));
        assertThat(amplitude.taken()).hasSize(19).doesNotContain("u-5");
        assertThat(rejected("too-large")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "events_with_invalid_fields",
                "events_with_missing_fields",
                "events_with_invalid_id_lengths",
                "events_missing_required_fields"
            })
    void dropsExactlyTheEventsWithBadFields(String member) throws Exception {
        amplitude.next(Reply.of(
                400,
                error("Invalid field values on some events")
                        .put(member, new JsonObject().put("time", List.of(1, 3)).put("user_id", List.of(3)))));
        assertThat(upload(events("u", 6))).isEqualTo(new Outcome(4, 2));
        assertThat(amplitude.taken()).containsExactly("u-0", "u-2", "u-4", "u-5");
        assertThat(rejected("invalid")).isEqualTo(2);
    }

    @Test
    void dropsSilencedEvents() throws Exception {
        amplitude.next(Reply.of(400, error("Some events are silenced").put("silenced_events", List.of(0))));
        assertThat(upload(events("u", 3))).isEqualTo(new Outcome(2, 1));
        assertThat(amplitude.taken()).containsExactly("u-1", "u-2");
    }

    @Test
    void dropsEventsOfSilencedDevices() throws Exception {
        amplitude.next(Reply.of(400, error("Some devices are silenced").put("silenced_devices", List.of("d"))));
        assertThat(upload(
                        event("u", 1),
                        "{\"user_id\":\"u\",\"device_id\":\"d\",\"insert_id\":\"silent\"}",
                        event("u", 2)))
                .isEqualTo(new Outcome(2, 1));
        assertThat(amplitude.taken()).containsExactly("u-1", "u-2");
    }

    @Test
    void findsTheBadEventOfAnAnswerWithoutIndexes() throws Exception {
        amplitude.always(request ->
                request.insertIds().contains("u-11") ? Reply.of(400, error("Invalid event JSON")) : Reply.ok());
        assertThat(upload(events("u", 50))).isEqualTo(new Outcome(49, 1));
        assertThat(amplitude.taken()).hasSize(49).doesNotContain("u-11");
    }

    @Test
    void findsTheBadEventOfIndexesOutsideTheRequest() throws Exception {
        amplitude.always(request -> request.insertIds().contains("u-1")
                ? Reply.of(
                        400,
                        error("Invalid field values on some events")
                                .put("events_with_invalid_fields", new JsonObject().put("time", List.of(99, -1))))
                : Reply.ok());
        assertThat(upload(events("u", 4))).isEqualTo(new Outcome(3, 1));
    }

    @Test
    void holdsBackOnlyThrottledUsers() throws Exception {
        uploader = uploader(Map.of("max-requests", "1"));
        amplitude.next(request -> Reply.of(
                429,
                error("Too many requests for some devices and users")
                        .put("throttled_users", new JsonObject().put("busy", 12))
                        .put("throttled_events", List.of(0))));
        assertThat(upload(event("busy", 1), event("calm", 1), event("busy", 2), event("calm", 2)))
                .isEqualTo(new Outcome(4, 0));
        assertThat(amplitude.taken()).containsExactly("calm-1", "calm-2", "busy-1", "busy-2");
    }

    @Test
    void holdsBackLaterEventsOfAThrottledUser() throws Exception {
        uploader = uploader(Map.of("max-requests", "1"));
        amplitude.next(Reply.of(429, error("throttled").put("throttled_events", List.of(0))));
        Future<Outcome> first = start(uploader, event("busy", 1));
        Await.until("the first request is answered", () -> !amplitude.requests().isEmpty());
        Future<Outcome> second = start(uploader, event("busy", 2), event("calm", 1));
        assertThat(await(second)).isEqualTo(new Outcome(2, 0));
        assertThat(await(first)).isEqualTo(new Outcome(1, 0));
        assertThat(amplitude.taken()).containsExactly("calm-1", "busy-1", "busy-2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"throttled_devices", "exceeded_daily_quota_devices"})
    void holdsBackThrottledDevices(String member) throws Exception {
        uploader = uploader(Map.of("max-requests", "1"));
        amplitude.next(Reply.of(429, error("throttled").put(member, new JsonObject().put("d", 11))));
        upload("{\"device_id\":\"d\",\"insert_id\":\"1\"}", "{\"device_id\":\"e\",\"insert_id\":\"2\"}");
        assertThat(amplitude.taken()).containsExactly("2", "1");
    }

    @Test
    void holdsBackUsersThatExceedTheirDailyQuota() throws Exception {
        uploader = uploader(Map.of("max-requests", "1"));
        amplitude.next(Reply.of(
                429, error("throttled").put("exceeded_daily_quota_users", new JsonObject().put("busy", 500_001))));
        upload(event("busy", 1), event("calm", 1));
        assertThat(amplitude.taken()).containsExactly("calm-1", "busy-1");
    }

    @Test
    void waitsAsLongAsAmplitudeAsks() throws Exception {
        amplitude.next(Reply.of(429, error("Too many requests")).with("Retry-After", "1"));
        long start = System.nanoTime();
        assertThat(upload(event("u", 1))).isEqualTo(new Outcome(1, 0));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void retriesAThrottledRequestThatNamesNobody() throws Exception {
        amplitude.next(Reply.of(429, error("Too many requests")));
        assertThat(upload(events("u", 3))).isEqualTo(new Outcome(3, 0));
        assertThat(amplitude.requests()).hasSize(2);
    }

    // Rates

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void waitsLongerAfterEachThrottledRequest(boolean namesAnEvent) throws Exception {
        Doubling throttled = new Doubling(Duration.ofMillis(400), Duration.ofSeconds(10));
        uploader = uploader(vertx, Map.of("max-requests", "1"), with(throttled, MILLISECONDS));
        amplitude.always(request ->
                Reply.of(429, error("throttled").put("throttled_events", namesAnEvent ? List.of(0) : List.of())));
        assertThat(timeOfRequests(3)).isGreaterThanOrEqualTo(Duration.ofMillis(200 + 400));
    }

    @Test
    void waitsAsLongAsAmplitudeAsksBeforeItSendsEventsOfOtherUsers() throws Exception {
        uploader = uploader(Map.of("max-requests", "1"));
        amplitude.always(request -> Reply.of(429, error("throttled").put("throttled_events", List.of(0)))
                .with("Retry-After", "1"));
        assertThat(timeOfRequests(2)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"one event named", "none named", "too large"})
    void waitsLongerAfterManyRejectionsInSuccession(String kind) throws Exception {
        Doubling rejected = new Doubling(Duration.ofMillis(100), Duration.ofSeconds(10));
        uploader = uploader(vertx, Map.of("max-requests", "1"), with(MILLISECONDS, rejected));
        amplitude.always(request -> switch (kind) {
            case "one event named" -> Reply.of(400, error("silenced").put("silenced_events", List.of(0)));
            case "none named" -> Reply.of(400, error("Invalid event JSON"));
            default -> Reply.of(413, error("Payload too large"));
        });
        assertThat(timeOfRequests(7)).isGreaterThanOrEqualTo(Duration.ofMillis(50 + 100 + 200));
    }

    @Test
    void waitsAfterNoRejectionThatASuccessPrecedes() throws Exception {
        Doubling hours = new Doubling(Duration.ofHours(1), Duration.ofHours(1));
        uploader = uploader(vertx, Map.of("max-requests", "1", "max-batch-size", "1"), with(MILLISECONDS, hours));
        amplitude.always(request -> amplitude.requests().size() % 2 == 0
                ? Reply.of(400, error("silenced").put("silenced_events", List.of(0)))
                : Reply.ok());
        assertThat(upload(events("u", 20))).isEqualTo(new Outcome(10, 10));
    }

    /** The time until Amplitude has received so many requests for events of many users. */
    private Duration timeOfRequests(int count) {
        long start = System.nanoTime();
        start(uploader, IntStream.range(0, 100).mapToObj(n -> event("u" + n, n)).toArray(String[]::new));
        Await.until("the requests have arrived", () -> amplitude.requests().size() >= count);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static Pauses with(Doubling throttled, Doubling rejected) {
        return new Pauses(MILLISECONDS, throttled, rejected, Duration.ofMillis(1), Duration.ofSeconds(5));
    }

    // Failures of whole requests

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404, 405, 301})
    void losesNothingWhileTheAddressOrTheKeyIsWrong(int status) throws Exception {
        losesNothing(new Reply(status, "", Map.of(), false), "status " + status);
    }

    @Test
    void losesNothingWhileTheApiKeyIsInvalid() throws Exception {
        losesNothing(Reply.of(400, error("Invalid API key: main-key")), "Invalid API key: ***");
    }

    @Test
    void losesNothingWhileAFieldOfTheRequestIsMissing() throws Exception {
        losesNothing(
                Reply.of(400, error("Request missing required field").put("missing_field", "api_key")),
                "Request missing required field");
    }

    @Test
    void losesNothingWhileAProxyAnswersInItsOwnForm() throws Exception {
        losesNothing(new Reply(400, "<html>Bad Request</html>", Map.of(), false), "status 400");
    }

    private void losesNothing(Reply failure, String reason) throws Exception {
        amplitude.always(request -> failure);
        Future<Outcome> upload = start(uploader, events("u", 5));
        Await.until("three attempts have failed", () -> amplitude.requests().size() >= 3);
        assertThat(trouble()).contains(reason).doesNotContain("main-key");
        amplitude.always(request -> Reply.ok());
        assertThat(await(upload)).isEqualTo(new Outcome(5, 0));
        assertThat(trouble()).isNull();
    }

    @Test
    void aFailingProjectDoesNotDelayAnother() throws Exception {
        amplitude.always(request ->
                request.apiKey().equals("mobile-key") ? Reply.of(400, error("Invalid API key")) : Reply.ok());
        start(uploader, "{\"user_id\":\"u\",\"insert_id\":\"m\",\"project\":\"mobile\"}");
        assertThat(upload(events("u", 5))).isEqualTo(new Outcome(5, 0));
        Await.until("the failure is reported", () -> trouble() != null);
        assertThat(trouble()).contains("project=mobile");
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 504, 408})
    void retriesServerErrors(int status) throws Exception {
        amplitude.next(new Reply(status, "oops", Map.of(), false));
        amplitude.next(new Reply(status, "", Map.of(), true));
        assertThat(upload(events("u", 5))).isEqualTo(new Outcome(5, 0));
        assertThat(amplitude.requests()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"code\":20", "<html>Log in</html>", "{}", "[1]", "{\"status\":\"ok\"}"})
    void retriesASuccessWithoutConfirmation(String body) throws Exception {
        amplitude.next(new Reply(200, body, Map.of(), true));
        assertThat(upload(events("u", 5))).isEqualTo(new Outcome(5, 0));
        assertThat(amplitude.requests()).hasSize(2);
    }

    @Test
    void retriesAClosedConnection() throws Exception {
        amplitude.next(new Reply(0, "", Map.of(), true));
        assertThat(upload(events("u", 5))).isEqualTo(new Outcome(5, 0));
    }

    @Test
    void retriesARequestWithoutAnAnswer() throws Exception {
        uploader = uploader(Map.of("timeout", "200ms"));
        amplitude.next(new Reply(-1, "", Map.of(), false));
        assertThat(upload(events("u", 5))).isEqualTo(new Outcome(5, 0));
    }

    // Log

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 503})
    void logsTextsOfAmplitudeOnceAMinute(int status) throws Exception {
        uploader = uploader(Map.of("max-requests", "1"));
        try (LogLines lines = new LogLines(EventUploader.class)) {
            amplitude.always(request -> Reply.of(
                    status,
                    error(requestCount() + "\u0085\u202e\n" + "x".repeat(300)).put("silenced_events", List.of(0))));
            start(uploader, events("u", 100));
            Await.until("many requests are answered", () -> requestCount() >= 20);
            assertThat(lines.all())
                    .singleElement()
                    .asString()
                    .hasSizeLessThan(400)
                    .doesNotContain("\u0085", "\u202e");
        }
    }

    private int requestCount() {
        return amplitude.requests().size();
    }

    // Limits

    @Test
    void isFullOnceTwoRoundsOfRequestsWait() throws Exception {
        uploader = uploader(Map.of("max-batch-size", "10", "max-requests", "2"));
        amplitude.always(request -> new Reply(503, "", Map.of(), false));
        start(uploader, events("u", 39));
        assertThat(isFull()).isFalse();
        Future<Outcome> last = start(uploader, events("v", 1));
        assertThat(isFull()).isTrue();
        amplitude.always(request -> Reply.ok());
        await(last);
        Await.until("there is capacity again", () -> !isFull());
    }

    @Test
    void eventsThatCannotBeReadTakeNoCapacity() throws Exception {
        Vertx failing = (Vertx) Proxy.newProxyInstance(
                Vertx.class.getClassLoader(),
                new Class<?>[] {Vertx.class},
                (proxy, method, arguments) -> method.getName().equals("executeBlocking")
                        ? Future.failedFuture("no thread")
                        : method.invoke(vertx, arguments));
        uploader = uploader(failing, Map.of("max-batch-size", "1", "max-requests", "1"));
        Future<Outcome> upload = start(uploader, events("u", 10));
        Await.until("the upload has failed", upload::failed);
        assertThat(isFull()).isFalse();
    }

    @Test
    void closingFailsUnsettledUploads() throws Exception {
        amplitude.always(request -> new Reply(503, "", Map.of(), false));
        Future<Outcome> upload = start(uploader, events("u", 3));
        onContext(() -> {
            uploader.close();
            return true;
        });
        Await.until("the upload has failed", upload::failed);
        Future<Outcome> later = start(uploader, event("u", 4));
        Await.until("a later upload has failed", later::failed);
    }

    // Properties

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void keepsTheOrderOfEachUserAndLosesNothingUnderRandomFailures(long seed) throws Exception {
        Random random = new Random(seed);
        uploader = uploader(Map.of("max-batch-size", "20", "max-requests", "4", "timeout", "300ms"));
        amplitude.always(request -> randomReply(random, request));
        int users = 25;
        Map<String, Integer> counts = new HashMap<>();
        List<Future<Outcome>> uploads = new ArrayList<>();
        for (int call = 0; call < 40; call++) {
            String[] events = Stream.generate(() -> "user" + random.nextInt(users))
                    .limit(1 + random.nextInt(30))
                    .map(user -> event(user, counts.merge(user, 1, Integer::sum)))
                    .toArray(String[]::new);
            uploads.add(start(uploader, events));
            // Some events arrive while earlier ones of their user are held back.
            int requests = amplitude.requests().size() + random.nextInt(3);
            if (call % 2 == 0 && call > 0) {
                Await.until("requests have been answered", () -> isIdle(requests));
            }
        }
        int delivered = 0;
        int rejected = 0;
        for (Future<Outcome> upload : uploads) {
            delivered += await(upload).delivered();
            rejected += await(upload).rejected();
        }
        assertThat(rejected).isZero();
        assertThat(delivered)
                .isEqualTo(counts.values().stream().mapToInt(Integer::intValue).sum());
        counts.forEach((user, count) -> assertThat(amplitude.taken().stream().filter(id -> id.startsWith(user + "-")))
                .as("events of %s with seed %d", user, seed)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, count)
                        .mapToObj(n -> user + "-" + n)
                        .toList()));
    }

    @Test
    void keepsTheOrderOfCallsWhenTheEventsOfTheSecondAreReadAtOnce() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        uploader = uploader(readingAtOnce(second), Map.of());

        Future<Outcome> earlier = start(uploader, event("u", 1));
        await(start(uploader, event("u", 2)));

        await(earlier);
        assertThat(amplitude.taken()).containsExactly("u-1", "u-2");
    }

    /**
     * Two calls of {@code executeBlocking} on one context: the first ends while the second runs, and the second before it
     * returns its future.
     */
    private Vertx readingAtOnce(CountDownLatch second) {
        AtomicInteger calls = new AtomicInteger();
        return (Vertx) Proxy.newProxyInstance(
                Vertx.class.getClassLoader(), new Class<?>[] {Vertx.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("executeBlocking")) {
                        return method.invoke(vertx, arguments);
                    }
                    Callable<?> task = (Callable<?>) arguments[0];
                    if (calls.incrementAndGet() == 1) {
                        return vertx.executeBlocking(() -> {
                            second.await();
                            return task.call();
                        });
                    }
                    Future<?> done = vertx.executeBlocking(task);
                    second.countDown();
                    Await.until("the second call is done", done::isComplete);
                    return done;
                });
    }

    private boolean isIdle(int requests) {
        return amplitude.requests().size() >= requests || onContext(() -> uploader.trouble() == null);
    }

    private static synchronized Reply randomReply(Random random, Request request) {
        int size = request.events().size();
        return switch (random.nextInt(12)) {
            case 0 -> Reply.of(500, error("oops"));
            case 1 -> new Reply(0, "", Map.of(), random.nextBoolean());
            case 2 -> new Reply(200, "{\"code\":2", Map.of(), true);
            case 3 -> size > 1 ? Reply.of(413, error("Payload too large")) : Reply.ok();
            case 4 -> Reply.of(429, error("throttled").put("throttled_events", List.of(random.nextInt(size))));
            case 5 -> Reply.of(429, error("throttled"));
            case 6 -> Reply.of(400, error("Invalid API key"));
            case 7 -> size > 1 ? Reply.of(400, error("Invalid event JSON")) : Reply.ok();
            case 8 -> random.nextInt(4) == 0 ? new Reply(-1, "", Map.of(), true) : Reply.ok();
            default -> Reply.ok();
        };
    }

    // Support

    private EventUploader uploader(Map<String, String> more) throws Exception {
        return uploader(vertx, more);
    }

    private EventUploader uploader(Vertx with, Map<String, String> more) throws Exception {
        return uploader(with, more, SHORT);
    }

    private EventUploader uploader(Vertx with, Map<String, String> more, Pauses pauses) throws Exception {
        Map<String, String> environment = new HashMap<>();
        environment.put("VARIATE_AMPLITUDE_EVENTS", "true");
        environment.put("VARIATE_AMPLITUDE_URL", amplitude.url().toString());
        environment.put("VARIATE_AMPLITUDE_API_KEY", "main-key");
        environment.put("VARIATE_AMPLITUDE_PROJECTS_MOBILE_API_KEY", "mobile-key");
        more.forEach((name, value) -> environment.put(
                "VARIATE_AMPLITUDE_" + name.toUpperCase(java.util.Locale.ROOT).replace('-', '_'), value));
        Settings settings = SettingsLoader.load(null, environment);
        return onContext(
                () -> new EventUploader(with, new AmplitudeClient(vertx, settings.amplitude(), metrics), pauses));
    }

    private static JsonObject error(String text) {
        return new JsonObject().put("error", text);
    }

    private static String event(String user, int n) {
        return new JsonObject()
                .put("event_type", "test")
                .put("user_id", user)
                .put("insert_id", user + "-" + n)
                .encode();
    }

    private static String[] events(String user, int count) {
        return IntStream.range(0, count).mapToObj(n -> event(user, n)).toArray(String[]::new);
    }

    private static List<String> ids(String user, int count) {
        return IntStream.range(0, count).mapToObj(n -> user + "-" + n).toList();
    }

    private Outcome upload(String... events) throws Exception {
        return await(start(uploader, events));
    }

    private Future<Outcome> start(EventUploader with, String... events) {
        Promise<Outcome> promise = Promise.promise();
        context.runOnContext(go -> with.upload(Stream.of(events)
                        .map(event -> event.getBytes(StandardCharsets.UTF_8))
                        .toList())
                .onComplete(promise));
        return promise.future();
    }

    private static Outcome await(Future<Outcome> upload) throws Exception {
        return upload.await(30, TimeUnit.SECONDS);
    }

    private boolean isFull() {
        return onContext(uploader::isFull);
    }

    private String trouble() {
        return onContext(uploader::trouble);
    }

    private <T> T onContext(Supplier<T> read) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(go -> promise.complete(read.get()));
        try {
            return promise.future().await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private double rejected(String reason) {
        return metrics.get("variate.amplitude.rejected")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
