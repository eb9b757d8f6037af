package io.variate.engine;

/**
 * A text that patterns may look at only so often. A pattern that backtracks without end ({@code (.*a){20}b}) would else
 * hold its thread for as long as whoever sent the text likes. Holds one text after the other; used by one thread.
 */
final class SteppedText implements CharSequence {

    private String text = "";
    private int left;

    /** @param steps how often characters of this and the next texts may be looked at before {@link AbandonedMatch} */
    void allow(int steps) {
        left = steps;
    }

    /** How many looks are left. */
    int allowed() {
        return Math.max(0, left);
    }

    void hold(String newText) {
        text = newText;
    }

    @Override
    public char charAt(int index) {
        if (--left < 0) {
            throw new AbandonedMatch();
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
}
