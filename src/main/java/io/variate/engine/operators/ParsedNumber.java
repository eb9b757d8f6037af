package io.variate.engine.operators;

/**
 * A text parsed as a number.
 *
 * @param value meaningless unless the text is a number
 */
record ParsedNumber(boolean isNumber, double value) {

    private static final ParsedNumber NONE = new ParsedNumber(false, 0);

    static ParsedNumber of(String text) {
        return NumberText.isNumber(text) ? new ParsedNumber(true, Double.parseDouble(text)) : NONE;
    }
}
