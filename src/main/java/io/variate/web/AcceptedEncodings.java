package io.variate.web;

import java.util.List;

/**
 * Decides from {@code Accept-Encoding} whether a client accepts gzip. Reads each character once and allocates nothing.
 *
 * <p>Source: RFC 9110, section 12.5.3. The first element that names gzip counts; a malformed weight counts as 1.
 */
public final class AcceptedEncodings {
    private static final String GZIP = "gzip";
    private static final String OLD_GZIP = "x-gzip";
    private static final String ANY = "*";

    private AcceptedEncodings() {}

    /** Whether gzip is accepted: by name, or by {@code *} if no element names it. A weight of zero rejects it. */
    public static boolean allowGzip(List<String> headers) {
        boolean others = false;
        for (String header : headers) {
            int start = 0;
            while (start <= header.length()) {
                int end = endOf(header, start, header.length(), ',');
                int nameEnd = endOf(header, start, end, ';');
                if (isNamed(header, start, nameEnd, GZIP) || isNamed(header, start, nameEnd, OLD_GZIP)) {
                    return !isForbidden(header, nameEnd, end);
                }
                others |= isNamed(header, start, nameEnd, ANY) && !isForbidden(header, nameEnd, end);
                start = end + 1;
            }
        }
        return others;
    }

    private static int endOf(String header, int from, int to, char separator) {
        int i = from;
        while (i < to && header.charAt(i) != separator) {
            i++;
        }
        return i;
    }

    private static boolean isNamed(String header, int from, int to, String name) {
        int start = skipBlanks(header, from, to);
        int end = start + name.length();
        return end <= to
                && header.regionMatches(true, start, name, 0, name.length())
                && skipBlanks(header, end, to) == to;
    }

    /** Whether a parameter after the name is {@code q=0}. */
    private static boolean isForbidden(String header, int from, int to) {
        int start = from + 1;
        while (start <= to) {
            int end = endOf(header, start, to, ';');
            if (isZeroWeight(header, start, end)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    private static boolean isZeroWeight(String header, int from, int to) {
        int i = skipBlanks(header, from, to);
        if (i == to || Character.toLowerCase(header.charAt(i)) != 'q') {
            return false;
        }
        i = skipBlanks(header, i + 1, to);
        if (i == to || header.charAt(i) != '=') {
            return false;
        }
        i = skipBlanks(header, i + 1, to);
        if (i == to || header.charAt(i) != '0') {
            return false;
        }
        i++;
        if (i < to && header.charAt(i) == '.') {
            i++;
            while (i < to && header.charAt(i) == '0') {
                i++;
            }
        }
        return skipBlanks(header, i, to) == to;
    }

    private static int skipBlanks(String header, int from, int to) {
        int i = from;
        while (i < to && (header.charAt(i) == ' ' || header.charAt(i) == '\t')) {
            i++;
        }
        return i;
    }
}
