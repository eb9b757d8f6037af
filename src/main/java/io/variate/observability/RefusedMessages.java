package io.variate.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts rejected event bus messages, and logs the first one of each address and reason. Thread-safe. */
public final class RefusedMessages {
    private static final Logger log = LoggerFactory.getLogger(RefusedMessages.class);

    private final MeterRegistry metrics;
    private final Set<Kind> logged = ConcurrentHashMap.newKeySet();

    private record Kind(String address, String reason) {}

    /**
     * Registers a counter for each address and reason, so that each starts at 0 and the first message shows as an increase.
     */
    public RefusedMessages(MeterRegistry metrics, Collection<String> addresses, Collection<String> reasons) {
        this.metrics = metrics;
        addresses.forEach(address -> reasons.forEach(reason -> counter(new Kind(address, reason))));
    }

    /**
     * Counts a rejected message.
     *
     * @param address one of few
     * @param reason one of few, in lower case
     * @param detail explanation for the log
     */
    public void count(String address, String reason, String detail) {
        Kind kind = new Kind(address, reason);
        if (logged.add(kind)) {
            log.warn(
                    "event bus message rejected: {} address={} reason={}; further ones are only counted",
                    detail,
                    address,
                    reason);
        }
        counter(kind).increment();
    }

    private Counter counter(Kind kind) {
        return metrics.counter(MetricNames.REFUSED_MESSAGES, "address", kind.address(), "reason", kind.reason());
    }
}
