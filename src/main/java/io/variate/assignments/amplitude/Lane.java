package io.variate.assignments.amplitude;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Events of one project in order, of which one request at a time is in flight, so that no event overtakes an earlier one of
 * the same key. Events of throttled keys wait aside; others pass them. Confined to one context.
 */
final class Lane {
    private final String project;
    private final int mostEvents;
    private final int mostBytes;
    private final Deque<PendingEvent> queue = new ArrayDeque<>();

    /** Events of throttled keys; none of the same key is in the queue. */
    private final Map<String, Held> held = new HashMap<>();

    private boolean inFlight;

    /** Nanoseconds of the uploader's clock; meaningful with {@link #failures}. */
    private long pausedUntil;

    private int failures;
    private @Nullable String trouble;

    /** Events of the next request: fewer while the cause of a failure is narrowed down. */
    private int limit;

    private static final class Held {
        private final Deque<PendingEvent> events = new ArrayDeque<>();
        private long until;
    }

    /**
     * An empty lane.
     *
     * @param mostBytes of the events of a request with their commas; a single larger event is sent alone
     */
    Lane(String project, int mostEvents, int mostBytes) {
        this.project = project;
        this.mostEvents = mostEvents;
        this.mostBytes = mostBytes;
        this.limit = mostEvents;
    }

    String project() {
        return project;
    }

    /** Why the last request failed as a whole; null after a success. */
    @Nullable
    String trouble() {
        return trouble;
    }

    void add(PendingEvent event) {
        Held waiting = held.get(event.key());
        (waiting == null ? queue : waiting.events).addLast(event);
    }

    int heldEvents() {
        return held.values().stream().mapToInt(each -> each.events.size()).sum();
    }

    /** Takes the events of the next request; empty if there are none to send now. */
    List<PendingEvent> take(long now) {
        if (inFlight || isPaused(now)) {
            return List.of();
        }
        release(now);
        List<PendingEvent> batch = new ArrayList<>();
        long bytes = 0;
        while (batch.size() < limit && !queue.isEmpty()) {
            bytes += queue.element().bytes() + 1;
            if (bytes > mostBytes && !batch.isEmpty()) {
                break;
            }
            batch.add(queue.remove());
        }
        inFlight = !batch.isEmpty();
        return batch;
    }

    private boolean isPaused(long now) {
        return failures > 0 && now - pausedUntil < 0;
    }

    private void release(long now) {
        for (Iterator<Held> all = held.values().iterator(); all.hasNext(); ) {
            Held next = all.next();
            if (now - next.until >= 0) {
                all.remove();
                while (!next.events.isEmpty()) {
                    queue.addFirst(next.events.removeLast());
                }
            }
        }
    }

    /** The request in flight was taken. */
    void succeed() {
        inFlight = false;
        failures = 0;
        trouble = null;
        limit = (int) Math.min(mostEvents, 2L * limit);
    }

    /**
     * Amplitude did not take the request in flight: its remaining events are sent again.
     *
     * @param until no request is sent before, in nanoseconds of the uploader's clock
     * @param why null if the answer concerns only some of the events
     */
    void retry(List<PendingEvent> remaining, long until, @Nullable String why) {
        inFlight = false;
        failures++;
        pausedUntil = until;
        trouble = why;
        for (int i = remaining.size() - 1; i >= 0; i--) {
            queue.addFirst(remaining.get(i));
        }
    }

    /** Limits the next request to half as many events. */
    void halve(int events) {
        limit = Math.max(1, events / 2);
    }

    /** Sends the events of the keys only after a pause of their own. */
    void hold(Set<String> keys, long until) {
        keys.forEach(key -> held.computeIfAbsent(key, none -> new Held()).until = until);
        for (Iterator<PendingEvent> all = queue.iterator(); all.hasNext(); ) {
            PendingEvent next = all.next();
            Held waiting = held.get(next.key());
            if (waiting != null) {
                all.remove();
                waiting.events.addLast(next);
            }
        }
    }

    /** Number of requests since the last one that was taken. */
    int failures() {
        return failures;
    }
}
