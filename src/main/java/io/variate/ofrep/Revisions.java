package io.variate.ofrep;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Revisions as providers send them back. */
final class Revisions {
    /** What we gave them, perhaps made an entity tag of by one who takes the name at its word. */
    private static final Pattern REVISION = Pattern.compile("(?:W/)?\"?([0-9]{1,18})\"?");

    private Revisions() {}

    /** The revision, or -1 if it is none: it may be that of another server. */
    static long read(@Nullable String text) {
        Matcher matcher = REVISION.matcher(text == null ? "" : text);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    }
}
