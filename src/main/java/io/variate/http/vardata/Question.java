package io.variate.http.vardata;

import io.variate.rulesets.document.FlagFilter;
import io.variate.web.EntityTag;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks, however it put it: which variants does a user get?
 *
 * @param source where the user was read from
 * @param userId wins over that of the user; null if missing or empty
 * @param deviceId wins over that of the user; null if missing or empty
 * @param user JSON text, not yet parsed, or null if missing or empty
 * @param flags which are asked for, their keys sorted
 */
public record Question(
        Source source,
        @Nullable String userId,
        @Nullable String deviceId,
        @Nullable String user,
        FlagFilter flags) {

    private static final String KEY = Question.class.getName();

    /** The part of a request that holds the user, by the name that errors blame it by. */
    public enum Source {
        PARAMETERS("context"),
        HEADER("X-Amp-Exp-User"),
        BODY("body");

        private final String path;

        Source(String path) {
            this.path = path;
        }

        public String path() {
            return path;
        }
    }

    /** The question of this request, which was read before. */
    static Question of(RoutingContext context) {
        return context.get(KEY);
    }

    /** Keeps the question for the handlers that follow. */
    void putInto(RoutingContext context) {
        context.put(KEY, this);
    }

    /**
     * The entity tag of its answer.
     *
     * @param cohorts fingerprint of the uploaded cohorts, which change answers without a new revision
     */
    String tag(long revision, long cohorts, String deploymentKey) {
        long hash = EntityTag.mix(EntityTag.start(cohorts), deploymentKey);
        hash = EntityTag.mix(hash, userId);
        hash = EntityTag.mix(hash, deviceId);
        hash = EntityTag.mix(hash, user);
        hash = EntityTag.mix(hash, flags.evaluationMode());
        hash = EntityTag.mix(hash, flags.deliveryMethod());
        for (String flagKey : flags.keys()) {
            hash = EntityTag.mix(hash, flagKey);
        }
        return EntityTag.of(revision, hash);
    }
}
