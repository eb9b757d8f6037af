package io.variate.upstream;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.variate.observability.MetricNames;
import io.variate.observability.OncePerMinute;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How fresh the resources of the upstream are, for health and metrics, and the log of their failures: one line for each kind
 * of failure a minute. Thread-safe. Contains labels, no credentials.
 */
public final class UpstreamStatus {
    private static final Logger log = LoggerFactory.getLogger(UpstreamStatus.class);

    private static final int MAX_TEXT_LENGTH = 200;

    private static final Set<Byte> CONTROLS =
            Set.of(Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR);

    private final MeterRegistry metrics;
    private final Duration maxAge;
    private final Clock clock;
    private final Set<Resource> resources = ConcurrentHashMap.newKeySet();
    private final OncePerMinute lines = new OncePerMinute(System::nanoTime);

    private volatile int flagsLeftOut;

    /** What is requested from the upstream. */
    public enum Kind {
        DEPLOYMENTS,
        FLAGS,
        STREAM;

        /** The form in logs, metrics and health. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Registers the metrics.
     *
     * @param maxAge age beyond which this node reports itself as stale
     */
    public UpstreamStatus(MeterRegistry metrics, Duration maxAge, Clock clock) {
        this.metrics = metrics;
        this.maxAge = maxAge;
        this.clock = clock;
        for (Kind kind : Set.of(Kind.DEPLOYMENTS, Kind.FLAGS)) {
            metrics.gauge(
                    MetricNames.UPSTREAM_AGE,
                    Tags.of("resource", kind.toString()),
                    this,
                    status -> status.age(kind).toMillis() / 1000.0);
        }
        metrics.gauge(MetricNames.UPSTREAM_STREAMS, this, UpstreamStatus::connectedStreams);
        metrics.gauge(MetricNames.UPSTREAM_FLAGS_LEFT_OUT, this, status -> status.flagsLeftOut);
    }

    /** A resource that this node follows. Its state is removed with {@link #remove}. */
    final class Resource {
        private final Kind kind;
        private final String label;
        private volatile Instant current;
        private volatile boolean up;

        /** Whether the log has a failure since the last success. */
        private volatile boolean logged;

        private Resource(Kind kind, String label) {
            this.kind = kind;
            this.label = printable(label);
            this.current = clock.instant();
        }

        void succeeded() {
            if (logged) {
                logged = false;
                log.info("upstream recovered resource={} deployment={}", kind, label);
            }
            current = clock.instant();
            up = true;
        }

        void failed(Throwable failure) {
            up = false;
            String reason = failure instanceof UpstreamException upstream
                    ? upstream.kind().toString()
                    : failure.getClass().getSimpleName();
            metrics.counter(
                            MetricNames.UPSTREAM_FAILURES,
                            "resource",
                            kind.toString(),
                            "reason",
                            failure instanceof UpstreamException ? reason : "internal")
                    .increment();
            if (isToBeLogged(kind + reason)) {
                log.warn(
                        "cannot read upstream resource={} deployment={}: {}; keeping what is served",
                        kind,
                        label,
                        message(failure));
                logged = true;
            }
        }

        /** Whether the last attempt succeeded. */
        boolean isUp() {
            return up;
        }

        void remove() {
            resources.remove(this);
        }
    }

    /** The message of other exceptions could quote what it should not. */
    static String message(Throwable failure) {
        return failure instanceof UpstreamException upstream
                ? printable(upstream.getMessage())
                : failure.getClass().getSimpleName();
    }

    /** A text of the upstream for a log line: short, and without characters that change the line. */
    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        for (int at = 0; at < Math.min(text.length(), MAX_TEXT_LENGTH); at++) {
            char character = text.charAt(at);
            printable.append(CONTROLS.contains((byte) Character.getType(character)) ? '?' : character);
        }
        return text.length() > MAX_TEXT_LENGTH ? printable.append("...").toString() : printable.toString();
    }

    private synchronized boolean isToBeLogged(String kind) {
        return lines.permits(kind);
    }

    /** Starts to observe a resource; its age counts from now until the first success. */
    Resource add(Kind kind, String label) {
        Resource added = new Resource(kind, label);
        resources.add(added);
        return added;
    }

    /** Reports flags that the upstream sent and that cannot be read. */
    void leaveOut(int flags, @Nullable String example) {
        flagsLeftOut = flags;
        if (example != null && isToBeLogged("flag")) {
            log.warn("flag of the upstream left out: {} count={}", printable(example), flags);
        }
    }

    /** Whether this node reads the upstream: one node of a cluster does. */
    public boolean isFollowing() {
        return !resources.isEmpty();
    }

    /** Whether a resource is older than {@code upstream.max-age}. */
    public boolean isStale() {
        return age(Kind.DEPLOYMENTS).compareTo(maxAge) > 0 || age(Kind.FLAGS).compareTo(maxAge) > 0;
    }

    /** The time since the last successful request for the resource of a kind that waits longest; zero without any. */
    public Duration age(Kind kind) {
        Instant now = clock.instant();
        return resources.stream()
                .filter(resource -> resource.kind == kind)
                .map(resource -> Duration.between(resource.current, now))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    /** The streams that this node follows, connected or not. */
    public long streams() {
        return resources.stream()
                .filter(resource -> resource.kind == Kind.STREAM)
                .count();
    }

    /** The streams that are connected. */
    public long connectedStreams() {
        return resources.stream()
                .filter(resource -> resource.kind == Kind.STREAM && resource.up)
                .count();
    }

    /** The flags that the upstream sent and that cannot be read. */
    public int flagsLeftOut() {
        return flagsLeftOut;
    }
}
