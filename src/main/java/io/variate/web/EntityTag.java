package io.variate.web;

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

    /** The hash that {@link #mix} starts with. */
    public static long start(long fingerprint) {
        return OFFSET ^ fingerprint;
    }

    /** The tag of an answer that depends on a revision and on what has been mixed into a hash. */
    public static String of(long revision, long hash) {
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
