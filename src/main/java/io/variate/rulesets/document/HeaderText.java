package io.variate.rulesets.document;

/** Text that clients send in HTTP headers. */
final class HeaderText {
    private HeaderText() {}

    /** Whether a text consists of visible ASCII characters, which every header can carry unchanged. */
    static boolean isVisible(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }
}
