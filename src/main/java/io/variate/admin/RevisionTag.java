package io.variate.admin;

import io.variate.rulesets.rows.Revision;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A revision of the ruleset as an entity tag: {@code "<number>-<first 16 hexadecimal digits of the digest>"}. In {@code
 * If-Match} the number alone is allowed too, as in tags of earlier versions.
 *
 * @param number the number of the revision
 * @param digest the first digits of its digest; null for a revision with any digest
 */
record RevisionTag(long number, @Nullable String digest) {
    private static final int DIGITS = 16;

    /** The quotes are optional for people who type a tag. */
    private static final Pattern TAG = Pattern.compile("(?:W/)?(\"?)([0-9]{1,18})(?:-([0-9a-f]{" + DIGITS + "}))?\\1");

    /** The header value for a revision. */
    static String of(Revision revision) {
        return '"' + Long.toString(revision.number()) + '-' + digits(revision) + '"';
    }

    /**
     * Reads {@code If-Match}. A malformed tag is rejected, because ignoring it could overwrite an edit.
     *
     * @param ifMatch the values of all headers of this name
     * @return null for any revision
     * @throws IllegalArgumentException with a message for the client if this is not one revision
     */
    static @Nullable RevisionTag read(List<String> ifMatch) {
        if (ifMatch.isEmpty() || (ifMatch.size() == 1 && ifMatch.get(0).strip().equals("*"))) {
            return null;
        }
        Matcher tag = TAG.matcher(ifMatch.size() == 1 ? ifMatch.get(0).strip() : "");
        if (!tag.matches()) {
            throw new IllegalArgumentException("If-Match must be one revision as an ETag, or *");
        }
        return new RevisionTag(Long.parseLong(tag.group(2)), tag.group(3));
    }

    /** Whether this is a tag of the revision. */
    boolean matches(Revision revision) {
        return number == revision.number() && (digest == null || digest.equals(digits(revision)));
    }

    private static String digits(Revision revision) {
        return revision.digest().toString().substring(0, DIGITS);
    }
}
