package io.variate.web;

import io.variate.rulesets.ServedFlags;
import io.variate.web.connections.Wire;
import io.vertx.core.buffer.Buffer;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Encoded sets of flags in direct memory that all sockets send by reference. An entry lives as long as its set. Thread-safe.
 */
public final class SharedAnswers {
    private static final Map<ServedFlags, SharedAnswers> ALL = Collections.synchronizedMap(new WeakHashMap<>());

    private volatile @Nullable Buffer json;
    private volatile @Nullable Buffer gzip;

    private SharedAnswers() {}

    /** The encoded set. The caller must have encoded it and, for the compressed form, compressed it. */
    public static Buffer of(ServedFlags flags, boolean compressed) {
        SharedAnswers shared = ALL.computeIfAbsent(flags, absent -> new SharedAnswers());
        return compressed ? shared.gzip(flags) : shared.json(flags);
    }

    private Buffer json(ServedFlags flags) {
        Buffer present = json;
        if (present == null) {
            present = Wire.shared(flags.json());
            json = present;
        }
        return present;
    }

    private Buffer gzip(ServedFlags flags) {
        Buffer present = gzip;
        if (present == null) {
            present = Wire.shared(flags.gzip());
            gzip = present;
        }
        return present;
    }
}
