package io.variate.engine;

/**
 * A text that a pattern may look at only so often. A pattern that backtracks without end ({@code (a+)+$}) would else hold
 * its thread for as long as whoever sent the text likes. Holds one text after the other; used by one thread.
 */
final class SteppedText implements CharSequence {

    private String text = "";
    private int left;

    /** @param steps how often a character may be looked at before {@link AbandonedMatch} ends it */
    void hold(String newText, int steps) {
        text = newText;
        left = steps;
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
