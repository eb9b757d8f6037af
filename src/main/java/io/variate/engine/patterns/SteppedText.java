package io.variate.engine.patterns;

/**
 * A text that patterns may look at only so often. A pattern that backtracks without end ({@code (.*a){20}b}) would else
 * hold its thread for as long as whoever sent the text likes. Holds one text after the other; used by one thread.
 */
final class SteppedText implements CharSequence {

    private String text = "";
    private int last = -1;
    private int look = 1;
    private int lastLook = 1;
    private int left;

    /** @param steps how often characters of this and the next texts may be looked at before {@link AbandonedMatch} */
    void allow(int steps) {
        left = steps;
    }

    /** How many looks are left. */
    int allowed() {
        return Math.max(0, left);
    }

    /**
     * Holds a text for one match.
     *
     * @param price what a look at a character is charged
     * @param lastPrice what a look at the last character is charged, behind which patterns go on without looking
     * @throws AbandonedMatch if there is nothing left to begin with
     */
    void hold(String newText, int price, int lastPrice) {
        text = newText;
        last = newText.length() - 1;
        look = price;
        lastLook = lastPrice;
        charge(last < 0 ? lastPrice : price);
    }

    /** Lets go of the text. */
    void release() {
        text = "";
        last = -1;
    }

    /** Uses up what is left. */
    void exhaust() {
        left = 0;
    }

    private void charge(int price) {
        left -= price;
        if (left < 0) {
            throw new AbandonedMatch();
        }
    }

    @Override
    public char charAt(int index) {
        charge(index == last ? lastLook : look);
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
