package io.variate.engine.patterns;

/**
 * A text that limits how often patterns may read its characters. Without the limit, a backtracking pattern ({@code
 * (.*a){20}b}) would block its thread for as long as the sender of the text chooses. Holds one text at a time; used by
 * one thread.
 */
final class SteppedText implements CharSequence {

    private String text = "";
    private int last = -1;
    private int readCost = 1;
    private int lastReadCost = 1;
    private int left;

    /** @param steps the maximum character reads, across this and later texts, before {@link AbandonedMatch} */
    void setBudget(int steps) {
        left = steps;
    }

    /** The remaining budget. */
    int remaining() {
        return Math.max(0, left);
    }

    /**
     * Sets the text for one match.
     *
     * @param cost the cost of a character read
     * @param lastCost the cost of a read of the last character, after which patterns continue without reading
     * @throws AbandonedMatch if the budget is already exhausted
     */
    void begin(String newText, int cost, int lastCost) {
        text = newText;
        last = newText.length() - 1;
        readCost = cost;
        lastReadCost = lastCost;
        charge(last < 0 ? lastCost : cost);
    }

    /** Releases the text. */
    void clear() {
        text = "";
        last = -1;
    }

    /** Exhausts the budget. */
    void exhaust() {
        left = 0;
    }

    private void charge(int cost) {
        left -= cost;
        if (left < 0) {
            throw new AbandonedMatch();
        }
    }

    @Override
    public char charAt(int index) {
        charge(index == last ? lastReadCost : readCost);
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
