package io.variate.engine;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version as the specification defines it.
 *
 * @param prerelease null for a release
 */
record NaiveVersion(
        int major, int minor, int patch, @Nullable String prerelease) implements Comparable<NaiveVersion> {

    private static final String IDENTIFIER = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
    private static final String PRERELEASE = "-(?<prerelease>" + IDENTIFIER + "(?:\\." + IDENTIFIER + ")*)";
    private static final String BUILD = "\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
    private static final Pattern VERSION = Pattern.compile("(?<major>[0-9]+)\\.(?<minor>[0-9]+)"
            + "(?:\\.(?<patch>[0-9]+)(?:" + PRERELEASE + ")?(?:" + BUILD + ")?)?");

    private static final Comparator<NaiveVersion> ORDER = Comparator.comparingInt(NaiveVersion::major)
            .thenComparingInt(NaiveVersion::minor)
            .thenComparingInt(NaiveVersion::patch)
            .thenComparing(NaiveVersion::prerelease, Comparator.nullsLast(Comparator.naturalOrder()));

    static @Nullable NaiveVersion parse(String text) {
        Matcher parts = VERSION.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        Integer major = number(parts.group("major"));
        Integer minor = number(parts.group("minor"));
        Integer patch = parts.group("patch") == null ? null : number(parts.group("patch"));
        return major == null || minor == null
                ? null
                : new NaiveVersion(major, minor, patch == null ? 0 : patch, parts.group("prerelease"));
    }

    private static @Nullable Integer number(String digits) {
        try {
            return Integer.valueOf(digits);
        } catch (NumberFormatException tooLarge) {
            return null;
        }
    }

    @Override
    public int compareTo(NaiveVersion other) {
        return ORDER.compare(this, other);
    }
}
