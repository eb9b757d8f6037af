package io.variate.http;

import io.variate.web.EntityTags;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Entity tags of answers: the revision and a hash of everything else that the answer depends on.
 *
 * <p>The hash need not resist attack: a tag is only ever compared with tags for the same URL and the same credentials.
 */
public final class EntityTag {
    private static final long PRIME = 0x100000001b3L;
    private static final long OFFSET = 0xcbf29ce484222325L;

    private EntityTag() {}

    /** @param cohorts fingerprint of the cohorts that were uploaded, which change answers without a new revision */
    static String of(long revision, long cohorts, String deploymentKey, Question question) {
        long hash = mix(OFFSET ^ cohorts, deploymentKey);
        hash = mix(hash, question.userId());
        hash = mix(hash, question.deviceId());
        hash = mix(hash, question.user());
        hash = mix(hash, question.flags().evaluationMode());
        hash = mix(hash, question.flags().deliveryMethod());
        for (String flagKey : question.flags().keys()) {
            hash = mix(hash, flagKey);
        }
        return '"' + Long.toString(revision) + '-' + Long.toHexString(hash) + '"';
    }

    /** A tag of what an answer says, whatever revision it comes from. */
    public static String ofText(String answer) {
        return '"' + Long.toHexString(mix(OFFSET, answer)) + '"';
    }

    /** Whether the request says that it has the answer of this tag; weak tags compare equal, as RFC 9110 wants. */
    public static boolean isKnown(MultiMap headers, String tag) {
        return headers.contains(HttpHeaders.IF_NONE_MATCH)
                && EntityTags.contain(headers.getAll(HttpHeaders.IF_NONE_MATCH), tag);
    }

    /** FNV-1a over characters; a length in front keeps neighbouring fields apart, and null apart from empty. */
    private static long mix(long hash, @Nullable String text) {
        if (text == null) {
            return (hash ^ 0xffff) * PRIME;
        }
        hash = (hash ^ text.length()) * PRIME;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * PRIME;
        }
        return hash ^ (hash >>> 32);
    }
}
