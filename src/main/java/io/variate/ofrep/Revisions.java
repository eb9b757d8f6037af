package io.variate.ofrep;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses revisions that providers send back. */
final class Revisions {
    /** A revision as sent, or in the form of an entity tag, since the protocol calls the field {@code etag}. */
    private static final Pattern REVISION = Pattern.compile("(?:W/)?\"?([0-9]{1,18})\"?");

    private Revisions() {}

    /** The revision, or -1 if the text is not one: it may come from another server. */
    static long read(@Nullable String text) {
        Matcher matcher = REVISION.matcher(text == null ? "" : text);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    }
}
