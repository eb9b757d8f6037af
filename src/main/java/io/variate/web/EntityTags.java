package io.variate.web;

import java.util.List;

/**
 * Searches lists of entity tags, such as {@code If-None-Match}. Reads each character once. Source: RFC 9110, sections
 * 8.8.3 and 13.1.2.
 */
public final class EntityTags {
    private EntityTags() {}

    /**
     * Whether the list contains a tag or {@code *}; weak tags compare equal to strong ones.
     *
     * @param headers values of all headers of the name
     * @param tag a strong tag with its quotes
     */
    public static boolean contain(List<String> headers, String tag) {
        for (String header : headers) {
            int i = 0;
            while (i < header.length()) {
                int end = endOfElement(header, i);
                if (isEqual(header, i, end, tag)) {
                    return true;
                }
                i = end + 1;
            }
        }
        return false;
    }

    /** A comma between quotes belongs to the tag. */
    private static int endOfElement(String header, int from) {
        boolean quoted = false;
        int i = from;
        while (i < header.length() && (quoted || header.charAt(i) != ',')) {
            quoted ^= header.charAt(i) == '"';
            i++;
        }
        return i;
    }

    private static boolean isEqual(String header, int from, int to, String tag) {
        int start = from;
        while (start < to && isBlank(header.charAt(start))) {
            start++;
        }
        int end = to;
        while (end > start && isBlank(header.charAt(end - 1))) {
            end--;
        }
        if (end - start == 1 && header.charAt(start) == '*') {
            return true;
        }
        int value = header.startsWith("W/", start) ? start + 2 : start;
        return end - value == tag.length() && header.startsWith(tag, value);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
