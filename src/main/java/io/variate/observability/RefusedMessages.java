package io.variate.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Messages of the event bus that were refused: each is counted, the first of each kind is logged. Thread-safe. */
public final class RefusedMessages {
    private static final Logger log = LoggerFactory.getLogger(RefusedMessages.class);

    private final MeterRegistry metrics;
    private final Map<Kind, Counter> known = new ConcurrentHashMap<>();

    private record Kind(String address, String reason) {}

    /** One for each node. */
    public RefusedMessages(MeterRegistry metrics) {
        this.metrics = metrics;
    }

    /**
     * Notes one.
     *
     * @param address one of few
     * @param reason one of few, in lower case
     * @param why for a person
     */
    public void note(String address, String reason, String why) {
        known.computeIfAbsent(new Kind(address, reason), kind -> first(kind, why))
                .increment();
    }

    private Counter first(Kind kind, String why) {
        log.warn(
                "a message to {} is refused as {}: {}; further ones are counted only",
                kind.address(),
                kind.reason(),
                why);
        return metrics.counter(MetricNames.REFUSED_MESSAGES, "address", kind.address(), "reason", kind.reason());
    }
}
