package io.variate.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Messages of the event bus that were refused: each is counted, the first of each kind is logged. Thread-safe. */
public final class RefusedMessages {
    private static final Logger log = LoggerFactory.getLogger(RefusedMessages.class);

    private final MeterRegistry metrics;
    private final Set<Kind> logged = ConcurrentHashMap.newKeySet();

    private record Kind(String address, String reason) {}

    /**
     * One for each node.
     *
     * @param addresses what may be noted, so that it is shown with 0 and the first message as growth
     * @param reasons as the addresses
     */
    public RefusedMessages(MeterRegistry metrics, Collection<String> addresses, Collection<String> reasons) {
        this.metrics = metrics;
        addresses.forEach(address -> reasons.forEach(reason -> counter(new Kind(address, reason))));
    }

    /**
     * Notes one.
     *
     * @param address one of few
     * @param reason one of few, in lower case
     * @param why for a person
     */
    public void note(String address, String reason, String why) {
        Kind kind = new Kind(address, reason);
        if (logged.add(kind)) {
            log.warn("a message to {} is refused as {}: {}; further ones are counted only", address, reason, why);
        }
        counter(kind).increment();
    }

    private Counter counter(Kind kind) {
        return metrics.counter(MetricNames.REFUSED_MESSAGES, "address", kind.address(), "reason", kind.reason());
    }
}
