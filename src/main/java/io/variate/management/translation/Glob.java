package io.variate.management.translation;

import org.jspecify.annotations.Nullable;

/**
 * Globs as regular expressions that all SDKs read alike: {@code *} is any text without line breaks, {@code ?} any character
 * but a line break, and everything else stands for itself.
 */
final class Glob {
    private static final String QUOTED = "\\^$.|+()[]{}";

    private Glob() {}

    static String toRegex(String glob) {
        StringBuilder regex = new StringBuilder(glob.length() + 8).append('^');
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            if (c == '*') {
                regex.append(".*");
            } else if (c == '?') {
                regex.append('.');
            } else {
                if (QUOTED.indexOf(c) >= 0) {
                    regex.append('\\');
                }
                regex.append(c);
            }
        }
        return regex.append('$').toString();
    }

    /** Returns the glob that translates to an expression, or null if there is none. */
    static @Nullable String ofRegex(String regex) {
        if (regex.length() < 2 || regex.charAt(0) != '^' || !regex.endsWith("$")) {
            return null;
        }
        StringBuilder glob = new StringBuilder(regex.length());
        for (int i = 1; i < regex.length() - 1; i++) {
            char c = regex.charAt(i);
            if (c == '.') {
                boolean any = regex.charAt(i + 1) == '*';
                glob.append(any ? '*' : '?');
                i += any ? 1 : 0;
            } else if (c == '\\') {
                glob.append(regex.charAt(++i));
            } else {
                glob.append(c);
            }
        }
        String found = glob.toString();
        return toRegex(found).equals(regex) ? found : null;
    }
}
