package io.variate.web.decoding;

/** Characters of headers. Source: RFC 9110, section 5.6. */
public final class HeaderText {
    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (int c = 0; c < TOKEN.length; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }
    }

    private HeaderText() {}

    /** Whether a character may occur in the name of a header, or in another token. */
    public static boolean isToken(int c) {
        return c >= 0 && c < TOKEN.length && TOKEN[c];
    }

    /** Whether a byte is an ASCII control character. */
    static boolean isControl(int c) {
        return (c >= 0 && c < ' ') || c == 0x7f;
    }
}
