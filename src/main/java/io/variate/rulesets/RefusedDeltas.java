package io.variate.rulesets;

import io.micrometer.core.instrument.MeterRegistry;
import io.variate.observability.MetricNames;
import io.variate.rulesets.rows.DigestMismatchException;
import io.variate.rulesets.rows.UnreadableRowsException;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts deltas and cached rulesets that this node rejects, and logs the first one of each reason. Thread-safe. */
final class RefusedDeltas {
    private static final Logger log = LoggerFactory.getLogger(RefusedDeltas.class);

    private final MeterRegistry metrics;
    private final Set<Reason> logged = EnumSet.noneOf(Reason.class);

    /** Why a delta is rejected; the label of the metric is in lower case. */
    enum Reason {
        /** It belongs to another history. */
        HISTORY,
        /** Its result has another digest than it promises. */
        DIGEST,
        /** Its bytes are damaged. */
        MALFORMED,
        /** A later version of Variate has written it. */
        VERSION,
        /** A part of the cached ruleset is missing. */
        INCOMPLETE
    }

    /** Registers a counter for each reason, so that each starts at 0. */
    RefusedDeltas(MeterRegistry metrics) {
        this.metrics = metrics;
        for (Reason reason : Reason.values()) {
            count(reason, 0);
        }
    }

    void add(Reason reason, String detail) {
        if (isFirst(reason)) {
            log.warn("ruleset delta rejected: {} reason={}; further ones are only counted", detail, label(reason));
        }
        count(reason, 1);
    }

    /** Counts a failure to decode or to apply. */
    void add(RuntimeException failure) {
        add(reason(failure), failure.toString());
    }

    private static Reason reason(RuntimeException failure) {
        if (failure instanceof DigestMismatchException) {
            return Reason.DIGEST;
        }
        return failure instanceof UnreadableRowsException rows && rows.isUnknownVersion()
                ? Reason.VERSION
                : Reason.MALFORMED;
    }

    private synchronized boolean isFirst(Reason reason) {
        return logged.add(reason);
    }

    private void count(Reason reason, int amount) {
        metrics.counter(MetricNames.RULESET_REFUSED_DELTAS, "reason", label(reason))
                .increment(amount);
    }

    private static String label(Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}
