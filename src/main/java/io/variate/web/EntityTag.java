package io.variate.web;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Entity tags of responses: the revision and a hash of everything else that the response depends on.
 *
 * <p>The hash need not resist attacks: a tag is compared only with tags for the same URL and credentials.
 */
public final class EntityTag {
    private static final long PRIME = 0x100000001b3L;
    private static final long OFFSET = 0xcbf29ce484222325L;

    private EntityTag() {}

    /** The initial hash for {@link #mix}. */
    public static long start(long fingerprint) {
        return OFFSET ^ fingerprint;
    }

    /** The tag of a response that depends on a revision and on the values mixed into a hash. */
    public static String of(long revision, long hash) {
        return '"' + Long.toString(revision) + '-' + Long.toHexString(hash) + '"';
    }

    /** A tag of the text of a response, independent of the revision. */
    public static String ofText(String answer) {
        return '"' + Long.toHexString(mix(OFFSET, answer)) + '"';
    }

    /** Whether {@code If-None-Match} of a request contains a tag; weak tags compare equal (RFC 9110, 13.1.2). */
    public static boolean isKnown(MultiMap headers, String tag) {
        return headers.contains(HttpHeaders.IF_NONE_MATCH)
                && EntityTags.contain(headers.getAll(HttpHeaders.IF_NONE_MATCH), tag);
    }

    /** Mixes in a number. */
    public static long mix(long hash, long number) {
        long mixed = (hash ^ number) * PRIME;
        return mixed ^ (mixed >>> 32);
    }

    /** FNV-1a over characters. The length comes first, to separate adjacent fields, and null from empty. */
    public static long mix(long hash, @Nullable String text) {
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
