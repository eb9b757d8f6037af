package io.variate.http.vardata;

import io.variate.rulesets.document.FlagFilter;
import io.variate.rulesets.rows.Revision;
import io.variate.web.EntityTag;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * A request for the variants of a user, independent of where its parts were in the HTTP request.
 *
 * @param source the part of the request that contained the user
 * @param userId overrides that of the user; null if missing or empty
 * @param deviceId overrides that of the user; null if missing or empty
 * @param user JSON text, not yet parsed, or null if missing or empty
 * @param flags the requested flags, their keys sorted
 */
public record EvaluationQuery(
        Source source,
        @Nullable String userId,
        @Nullable String deviceId,
        @Nullable String user,
        FlagFilter flags) {

    private static final String KEY = EvaluationQuery.class.getName();

    /** The part of a request that contains the user, with its name in errors. */
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

    /** The query of this request, as stored by {@link #putInto}. */
    static EvaluationQuery of(RoutingContext context) {
        return context.get(KEY);
    }

    /** Stores the query for the handlers that follow. */
    void putInto(RoutingContext context) {
        context.put(KEY, this);
    }

    /**
     * The entity tag of the answer.
     *
     * @param revision its digest distinguishes rulesets of a restored database that have the same number
     * @param cohorts fingerprint of the uploaded cohorts, which change answers within a revision
     */
    String tag(Revision revision, long cohorts, String deploymentKey) {
        long hash = EntityTag.mix(EntityTag.start(cohorts), deploymentKey);
        hash = EntityTag.mix(hash, revision.digest().high());
        hash = EntityTag.mix(hash, userId);
        hash = EntityTag.mix(hash, deviceId);
        hash = EntityTag.mix(hash, user);
        hash = EntityTag.mix(hash, flags.evaluationMode());
        hash = EntityTag.mix(hash, flags.deliveryMethod());
        for (String flagKey : flags.keys()) {
            hash = EntityTag.mix(hash, flagKey);
        }
        return EntityTag.of(revision.number(), hash);
    }
}
