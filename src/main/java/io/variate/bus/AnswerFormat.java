package io.variate.bus;

/**
 * The JSON shape of an evaluation answer.
 *
 * <p>Source: the vardata endpoints of Amplitude's Evaluation API.
 */
public enum AnswerFormat {
    /** {@code /v1/vardata}: no default variants, no undeployed flags, the experiment key at the top level. */
    V1("v1"),
    /** {@code /sdk/v2/vardata}: default variants included, undeployed flags left out. */
    V2("v2"),
    /** As {@link #V2}, with an OpenFeature {@code reason} and a {@code value} of any type in each variant. */
    REASONED("reasoned");

    private final String text;

    AnswerFormat(String text) {
        this.text = text;
    }

    /** The name of the format in messages. */
    public String text() {
        return text;
    }

    /**
     * The format with a name.
     *
     * @throws IllegalArgumentException for an unknown name
     */
    public static AnswerFormat of(String text) {
        for (AnswerFormat format : values()) {
            if (format.text.equals(text)) {
                return format;
            }
        }
        throw new IllegalArgumentException("format: must be v1, v2 or reasoned");
    }
}
