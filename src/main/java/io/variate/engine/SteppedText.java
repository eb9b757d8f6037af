package io.variate.engine;

/**
 * A text that a pattern may look at only so often. A pattern that backtracks without end ({@code (a+)+$}) would else hold
 * its thread for as long as whoever sent the text likes.
 */
final class SteppedText implements CharSequence {

    /** Characters looked at. Ordinary patterns need a few for each character of the text; this is some milliseconds. */
    private static final int BUDGET = 1_000_000;

    private final String text;
    private int left = BUDGET;

    SteppedText(String text) {
        this.text = text;
    }

    @Override
    public char charAt(int index) {
        if (--left < 0) {
            throw new Exhausted();
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.subSequence(start, end);
    }

    @Override
    public String toString() {
        return text;
    }

    /** The budget is used up: nobody can say whether the pattern matches. */
    static final class Exhausted extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Exhausted() {
            super("a pattern gave up", null, false, false);
        }
    }
}
