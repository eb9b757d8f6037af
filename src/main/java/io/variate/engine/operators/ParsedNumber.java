package io.variate.engine.operators;

/**
 * What became of reading a text as a number.
 *
 * @param value meaningless unless it is one
 */
record ParsedNumber(boolean isNumber, double value) {

    private static final ParsedNumber NONE = new ParsedNumber(false, 0);

    static ParsedNumber of(String text) {
        return NumberText.isNumber(text) ? new ParsedNumber(true, Double.parseDouble(text)) : NONE;
    }
}
