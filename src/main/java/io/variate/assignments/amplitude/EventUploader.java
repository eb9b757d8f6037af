package io.variate.assignments.amplitude;

import io.variate.assignments.amplitude.AmplitudeClient.Rejection;
import io.variate.config.Amplitude;
import io.variate.config.Secret;
import io.variate.observability.OncePerMinute;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads events to Amplitude: at least once, in order per user, with bounded concurrency, until Amplitude takes or rejects
 * each. Their {@code insert_id} makes repetitions harmless.
 *
 * <p>Each project has as many lanes as there may be concurrent requests; the user id, or else the device id, selects the
 * lane. A lane has one request in flight, so a failing project or a throttled user does not delay the others. Confined to
 * the Vert.x context that created it; never blocks.
 */
public final class EventUploader {
    private static final Logger log = LoggerFactory.getLogger(EventUploader.class);

    /** Requests for each concurrent request that may wait in memory. */
    private static final int REQUESTS_AHEAD = 2;

    private static final long MOST_BYTES = 64 << 20;

    /** Answers in succession that reject events, after which a lane slows down. */
    private static final int REJECTIONS_WITHOUT_PAUSE = 3;

    /** A pause that doubles with each failure up to the longest. */
    record Doubling(Duration first, Duration longest) {

        /** In milliseconds, with jitter of a half. */
        private long after(int failures) {
            long pause = Math.min(longest.toMillis(), first.toMillis() << Math.min(failures, 20));
            return Math.max(1, pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1));
        }
    }

    /**
     * How long a lane waits after requests that Amplitude does not take.
     *
     * @param failed after failures
     * @param throttled after status 429, unless Amplitude asks for more
     * @param rejected after many answers in succession that reject events
     * @param users for the events of throttled users, as Amplitude documents
     * @param longestAsked bound of what Amplitude can ask for with {@code Retry-After}
     */
    record Pauses(Doubling failed, Doubling throttled, Doubling rejected, Duration users, Duration longestAsked) {
        static final Pauses DEFAULT = new Pauses(
                new Doubling(Duration.ofMillis(200), Duration.ofSeconds(15)),
                new Doubling(Duration.ofSeconds(2), Duration.ofSeconds(30)),
                new Doubling(Duration.ofMillis(100), Duration.ofSeconds(5)),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5));
    }

    /**
     * The outcome of a call.
     *
     * @param delivered number of events that Amplitude took
     * @param rejected number of events that are rejected permanently
     */
    public record Outcome(int delivered, int rejected) {}

    private final Vertx vertx;
    private final AmplitudeClient client;
    private final Amplitude settings;
    private final Pauses pauses;
    private final long mostEvents;
    private final long mostBytes;
    private final OncePerMinute warnings = new OncePerMinute(System::nanoTime);

    /** The lanes of each project that has an API key. */
    private final Map<String, List<Lane>> lanes = new HashMap<>();

    /** Lanes that may have something to send. */
    private final Set<Lane> ready = new HashSet<>();

    private final ArrayDeque<Lane> turns = new ArrayDeque<>();
    private final Set<Upload> uploads = new HashSet<>();
    private int requests;
    private long pendingEvents;
    private long pendingBytes;
    private boolean closed;

    /** An uploader on the current context. */
    public EventUploader(Vertx vertx, AmplitudeClient client) {
        this(vertx, client, Pauses.DEFAULT);
    }

    EventUploader(Vertx vertx, AmplitudeClient client, Pauses pauses) {
        this.vertx = vertx;
        this.client = client;
        this.settings = client.settings();
        this.pauses = pauses;
        this.mostEvents = (long) REQUESTS_AHEAD * settings.maxRequests() * settings.maxBatchSize();
        this.mostBytes =
                Math.min(MOST_BYTES, (long) REQUESTS_AHEAD * settings.maxRequests() * settings.maxBatchBytes());
        settings.apiKeys().forEach((project, key) -> lanes.put(project, lanes(project, key)));
    }

    private List<Lane> lanes(String project, Secret key) {
        int bytes = settings.maxBatchBytes() - AmplitudeClient.envelopeBytes(key);
        List<Lane> all = new ArrayList<>();
        for (int i = 0; i < settings.maxRequests(); i++) {
            all.add(new Lane(project, settings.maxBatchSize(), bytes));
        }
        return all;
    }

    /**
     * Uploads events, after all events of earlier calls with the same user.
     *
     * @param events UTF-8 JSON, as in the assignment log
     * @return completes when every event is settled, without a time limit, and independently of other calls; fails only when
     *     the uploader is closed, after which the outcome of the events is unknown
     */
    public Future<Outcome> upload(List<byte[]> events) {
        if (closed) {
            return Future.failedFuture(new IllegalStateException("the uploader is closed"));
        }
        if (events.isEmpty()) {
            return Future.succeededFuture(new Outcome(0, 0));
        }
        Upload upload = new Upload(events.size());
        uploads.add(upload);
        long bytes = events.stream().mapToLong(event -> event.length).sum();
        pendingEvents += events.size();
        pendingBytes += bytes;
        upload.future().onComplete(done -> uploads.remove(upload));
        Context context = vertx.getOrCreateContext();
        // Tasks of one context run in the order of the calls, but their futures may not complete in it: a result before
        // its
        // handler is set would overtake an earlier one that waits for the context.
        vertx.executeBlocking(() -> {
                    List<@Nullable AmplitudeEvent> read = new ArrayList<>(events.size());
                    events.forEach(event -> read.add(read(event)));
                    context.runOnContext(next -> accept(read, bytes, upload));
                    return read.size();
                })
                .onFailure(failure -> {
                    pendingEvents -= events.size();
                    pendingBytes -= bytes;
                    upload.fail(failure);
                });
        return upload.future();
    }

    private void accept(List<@Nullable AmplitudeEvent> events, long bytes, Upload upload) {
        pendingBytes -= bytes;
        events.forEach(event -> accept(event, upload));
        pump();
    }

    /** Returns null if the event is not a JSON object, or cannot be read for any other reason. */
    private static @Nullable AmplitudeEvent read(byte[] event) {
        try {
            return AmplitudeEvent.read(event);
        } catch (RuntimeException e) {
            return null;
        }
    }

    private void accept(@Nullable AmplitudeEvent event, Upload upload) {
        if (event == null) {
            pendingEvents--;
            reject(Rejection.INVALID, upload, "it is not a JSON object");
            return;
        }
        List<Lane> ofProject = lanes.get(event.project());
        if (ofProject == null) {
            pendingEvents--;
            reject(
                    Rejection.NO_API_KEY,
                    upload,
                    "no API key is set for project=" + AmplitudeClient.printable(event.project()));
            return;
        }
        String key = event.orderingKey();
        PendingEvent pending = new PendingEvent(event, key, upload);
        pendingBytes += pending.bytes();
        Lane lane = ofProject.get(Math.floorMod(spread(key.hashCode()), ofProject.size()));
        lane.add(pending);
        schedule(lane);
    }

    private static int spread(int hash) {
        return hash ^ (hash >>> 16);
    }

    /** Whether more events would only wait in memory: upload more when a future completes. */
    public boolean isFull() {
        return pendingEvents >= mostEvents || pendingBytes >= mostBytes;
    }

    /** Why events of a project are not taken now; null without an obstacle. */
    public @Nullable String trouble() {
        int held = 0;
        for (List<Lane> ofProject : lanes.values()) {
            for (Lane lane : ofProject) {
                String trouble = lane.trouble();
                if (trouble != null) {
                    return trouble;
                }
                held += lane.heldEvents();
            }
        }
        return held > 0 && held == pendingEvents ? "Amplitude throttles the users of all " + held + " events" : null;
    }

    /** Stops sending. Unsettled uploads fail. */
    public void close() {
        closed = true;
        IllegalStateException cause = new IllegalStateException("closed before Amplitude took all events");
        List.copyOf(uploads).forEach(upload -> upload.fail(cause));
    }

    private void schedule(Lane lane) {
        if (ready.add(lane)) {
            turns.addLast(lane);
        }
    }

    private void pump() {
        while (!closed && requests < settings.maxRequests() && !turns.isEmpty()) {
            Lane lane = turns.removeFirst();
            ready.remove(lane);
            List<PendingEvent> batch = lane.take(System.nanoTime());
            if (!batch.isEmpty()) {
                send(lane, batch);
            }
        }
    }

    private void send(Lane lane, List<PendingEvent> batch) {
        requests++;
        Secret apiKey = Objects.requireNonNull(settings.apiKeys().get(lane.project()));
        client.send(apiKey, batch.stream().map(PendingEvent::event).toList()).onComplete(done -> {
            requests--;
            if (!closed) {
                apply(done.succeeded() ? done.result() : unavailable(done.cause()), lane, batch);
                schedule(lane);
                pump();
            }
        });
    }

    private static Answer unavailable(Throwable failure) {
        return new Answer.Unavailable(0, failure.toString(), null);
    }

    private void apply(Answer answer, Lane lane, List<PendingEvent> batch) {
        if (answer instanceof Answer.Accepted) {
            lane.succeed();
            batch.forEach(event -> settle(event, true));
        } else if (answer instanceof Answer.TooLarge) {
            narrow(lane, batch, Rejection.TOO_LARGE, "it is larger than Amplitude accepts");
        } else if (answer instanceof Answer.Invalid invalid) {
            dropInvalid(lane, batch, invalid);
        } else if (answer instanceof Answer.Throttled throttled) {
            throttle(lane, batch, throttled);
        } else if (answer instanceof Answer.Misconfigured misconfigured) {
            pause(
                    lane,
                    batch,
                    misconfigured.label() + misconfigured.status() + of(lane),
                    "Amplitude rejects requests" + of(lane) + ": " + misconfigured.reason(),
                    pauses.failed(),
                    null);
        } else if (answer instanceof Answer.Unavailable unavailable) {
            pause(
                    lane,
                    batch,
                    unavailable.label() + unavailable.status(),
                    "Amplitude is unavailable: " + unavailable.reason(),
                    pauses.failed(),
                    unavailable.retryAfter());
        }
    }

    private static String of(Lane lane) {
        return lane.project().isEmpty() ? "" : " of project=" + lane.project();
    }

    /** Halves the request until the single events that cause the answer are found, and rejects those. */
    private void narrow(Lane lane, List<PendingEvent> batch, Rejection reason, String why) {
        if (batch.size() > 1) {
            lane.halve(batch.size());
            retryRejected(lane, batch);
        } else {
            retryRejected(lane, List.of());
            batch.forEach(event -> reject(event, reason, why));
        }
    }

    private void dropInvalid(Lane lane, List<PendingEvent> batch, Answer.Invalid answer) {
        List<PendingEvent> bad = new ArrayList<>();
        List<PendingEvent> good = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            String device = batch.get(i).event().deviceId();
            boolean isNamed = answer.events().contains(i)
                    || (device != null && answer.devices().contains(device));
            (isNamed ? bad : good).add(batch.get(i));
        }
        if (bad.isEmpty()) {
            narrow(lane, batch, Rejection.INVALID, answer.reason());
        } else {
            retryRejected(lane, good);
            bad.forEach(event -> reject(event, Rejection.INVALID, answer.reason()));
        }
    }

    private void retryRejected(Lane lane, List<PendingEvent> remaining) {
        int before = lane.failures();
        retry(
                lane,
                remaining,
                before < REJECTIONS_WITHOUT_PAUSE ? 0 : pauses.rejected().after(before - REJECTIONS_WITHOUT_PAUSE),
                null);
    }

    private void throttle(Lane lane, List<PendingEvent> batch, Answer.Throttled answer) {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < batch.size(); i++) {
            AmplitudeEvent event = batch.get(i).event();
            if (answer.events().contains(i)
                    || (event.userId() != null && answer.users().contains(event.userId()))
                    || (event.deviceId() != null && answer.devices().contains(event.deviceId()))) {
                keys.add(batch.get(i).key());
            }
        }
        if (keys.isEmpty()) {
            pause(
                    lane,
                    batch,
                    "all throttled",
                    "Amplitude throttles this node: status 429",
                    pauses.throttled(),
                    answer.retryAfter());
            return;
        }
        long lanePause = atLeast(pauses.throttled().after(lane.failures()), answer.retryAfter());
        retry(lane, batch, lanePause, null);
        long userPause = answer.retryAfter() == null ? pauses.users().toMillis() : lanePause;
        lane.hold(keys, after(userPause));
        resumeAfter(userPause, lane);
        warn("users throttled", "Amplitude throttles users; their events wait users=" + keys.size());
    }

    /** What Amplitude asks for, within bounds: also {@code Retry-After: 0} must not cause a busy loop. */
    private long atLeast(long millis, @Nullable Duration retryAfter) {
        return retryAfter == null
                ? millis
                : Math.max(
                        millis,
                        Math.min(retryAfter.toMillis(), pauses.longestAsked().toMillis()));
    }

    private void pause(
            Lane lane,
            List<PendingEvent> batch,
            String kind,
            String why,
            Doubling pause,
            @Nullable Duration retryAfter) {
        retry(lane, batch, atLeast(pause.after(lane.failures()), retryAfter), why);
        warn(kind, why + "; retrying");
    }

    private void retry(Lane lane, List<PendingEvent> remaining, long millis, @Nullable String why) {
        lane.retry(remaining, after(millis), why);
        if (millis > 0) {
            resumeAfter(millis, lane);
        }
    }

    private static long after(long millis) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private void resumeAfter(long millis, Lane lane) {
        vertx.setTimer(millis + 1, over -> {
            schedule(lane);
            pump();
        });
    }

    private void reject(PendingEvent event, Rejection reason, String why) {
        pendingEvents--;
        pendingBytes -= event.bytes();
        reject(reason, event.upload(), why);
    }

    private void reject(Rejection reason, Upload upload, String why) {
        client.countRejected(reason, 1);
        if (warnings.permits(reason.name())) {
            log.error("events are rejected permanently, for instance: {}", why);
        }
        upload.settle(false);
    }

    private void settle(PendingEvent event, boolean isDelivered) {
        pendingEvents--;
        pendingBytes -= event.bytes();
        event.upload().settle(isDelivered);
    }

    private void warn(String kind, String text) {
        if (warnings.permits(kind)) {
            log.warn("{} url={}", text, settings.url());
        }
    }
}
