package io.variate.store;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where sessions of the console are kept: only digests of their ids, in hexadecimal digits. */
public interface Sessions {
    /** Sessions of one token; a further one ends that which was unused for the longest time. */
    int MOST_OF_A_TOKEN = 20;

    /** All sessions that were used within a time, by digest. */
    Future<Map<String, StoredSession>> load(Duration timeout);

    /**
     * Adds a session, and removes those that have timed out, or exceed a limit.
     *
     * @param token null for the admin token of the settings
     * @param replaced digests of sessions to end
     * @return false if the token does not exist any more
     */
    Future<Boolean> add(String digest, @Nullable Long token, Collection<String> replaced, Duration timeout);

    /** Notes that a session is used now, unless it has timed out. */
    Future<Void> touch(String digest, Duration timeout);

    /** Removes sessions; unknown ones are ignored. */
    Future<Void> remove(Collection<String> digests);
}
