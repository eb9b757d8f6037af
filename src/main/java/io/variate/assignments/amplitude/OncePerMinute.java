package io.variate.assignments.amplitude;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Permits one log line a minute of each kind, because retries never end. Confined to one context. */
final class OncePerMinute {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final int MOST_KINDS = 100;

    private final Map<String, Long> permitted = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST_KINDS;
        }
    };

    boolean permits(String kind) {
        long now = System.nanoTime();
        Long last = permitted.get(kind);
        if (last != null && now - last < MINUTE) {
            return false;
        }
        permitted.remove(kind);
        permitted.put(kind, now);
        return true;
    }
}
