package io.variate.web.decoding;

/** The host and port of a request. Source: RFC 3986, section 3.2, without user information and sub-delimiters. */
final class Authority {
    private static final int HIGHEST_PORT = 65_535;
    private static final int LONGEST_PORT = 5;

    private Authority() {}

    /** Whether a text is a host name or address and an optional port. */
    static boolean isValid(String text) {
        int hostEnd = text.startsWith("[") ? endOfAddress(text) : endOfName(text);
        return hostEnd > 0 && isPort(text, hostEnd);
    }

    /** The end of an IPv6 address in brackets; 0 if it is malformed. */
    private static int endOfAddress(String text) {
        int end = text.indexOf(']');
        if (end < 3) {
            return 0;
        }
        for (int i = 1; i < end; i++) {
            char c = text.charAt(i);
            if (Character.digit(c, 16) < 0 && c != ':' && c != '.') {
                return 0;
            }
        }
        return end + 1;
    }

    private static int endOfName(String text) {
        int i = 0;
        while (i < text.length() && isNameCharacter(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '-'
                || c == '_'
                || c == '~';
    }

    private static boolean isPort(String text, int from) {
        if (from == text.length()) {
            return true;
        }
        int length = text.length() - from - 1;
        if (text.charAt(from) != ':' || length > LONGEST_PORT) {
            return false;
        }
        int port = 0;
        for (int i = from + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
            port = 10 * port + c - '0';
        }
        return port <= HIGHEST_PORT;
    }
}
