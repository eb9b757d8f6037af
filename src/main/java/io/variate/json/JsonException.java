package io.variate.json;

/**
 * Text that is not the JSON asked for. The message says what is wrong without quoting the text, which may be personal
 * data. Carries no stack trace: the place that matters is in the text, and reading untrusted text must stay cheap
 * when it fails.
 */
public final class JsonException extends RuntimeException {

    private final transient String text;
    private final int offset;
    private final int pathEnd;

    public JsonException(String message, String text, int offset) {
        this(message, text, offset, offset);
    }

    /**
     * Names a place in a text.
     *
     * @param pathEnd the offset whose surroundings the path describes, where that is not the offset itself
     */
    public JsonException(String message, String text, int offset, int pathEnd) {
        super(message, null, false, false);
        this.text = text;
        this.offset = offset;
        this.pathEnd = pathEnd;
    }

    /** Where reading stopped, in chars from the start of the text. */
    public int offset() {
        return offset;
    }

    /**
     * The value being read when reading stopped, such as {@code $.user_properties.a[3]}; {@code $} is the document.
     */
    public String path() {
        return JsonPath.at(text, pathEnd);
    }
}
