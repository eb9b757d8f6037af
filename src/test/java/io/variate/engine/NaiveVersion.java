package io.variate.engine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version as the specification defines it.
 *
 * @param prerelease the prerelease, or null
 */
record NaiveVersion(
        int major, int minor, int patch, @Nullable String prerelease) implements Comparable<NaiveVersion> {

    private static final String DOTTED = "([0-9A-Za-z.-]+)";
    private static final Pattern VERSION =
            Pattern.compile("([0-9]+)\\.([0-9]+)(?:\\.([0-9]+)(?:-" + DOTTED + ")?(?:\\+" + DOTTED + ")?)?");
    private static final Pattern PRERELEASE = Pattern.compile("0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*");
    private static final Pattern BUILD = Pattern.compile("[0-9A-Za-z-]+");

    private static final Comparator<NaiveVersion> ORDER = Comparator.comparingInt(NaiveVersion::major)
            .thenComparingInt(NaiveVersion::minor)
            .thenComparingInt(NaiveVersion::patch)
            .thenComparing(NaiveVersion::prerelease, Comparator.nullsLast(Comparator.naturalOrder()));

    static @Nullable NaiveVersion parse(String text) {
        Matcher parts = VERSION.matcher(text);
        if (!parts.matches() || !consistsOf(PRERELEASE, parts.group(4)) || !consistsOf(BUILD, parts.group(5))) {
            return null;
        }
        Integer major = number(parts.group(1));
        Integer minor = number(parts.group(2));
        Integer patch = parts.group(3) == null ? null : number(parts.group(3));
        return major == null || minor == null
                ? null
                : new NaiveVersion(major, minor, patch == null ? 0 : patch, parts.group(4));
    }

    private static boolean consistsOf(Pattern identifier, @Nullable String dotted) {
        return dotted == null
                || Arrays.stream(dotted.split("\\.", -1))
                        .allMatch(part -> identifier.matcher(part).matches());
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
