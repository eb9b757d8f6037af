package io.variate.json;

/**
 * Reports text that is not the expected JSON. The message describes the problem without quoting the text, which may
 * contain personal data. There is no stack trace: the offset in the text matters, and rejecting untrusted text must
 * stay cheap.
 */
public final class JsonException extends RuntimeException {

    private final transient String text;
    private final int offset;
    private final int pathEnd;

    /** Reports a problem at an offset, whose path is that of the offset. */
    public JsonException(String message, String text, int offset) {
        this(message, text, offset, offset);
    }

    /**
     * Reports a problem at an offset, with the path of another offset.
     *
     * @param pathEnd the offset that the path describes
     */
    JsonException(String message, String text, int offset, int pathEnd) {
        super(message, null, false, false);
        this.text = text;
        this.offset = offset;
        this.pathEnd = pathEnd;
    }

    /** The offset at which reading stopped, in chars from the start of the text. */
    public int offset() {
        return offset;
    }

    /** The path of the value that was being read, such as {@code $.user_properties.a[3]}; {@code $} is the document. */
    public String path() {
        return JsonPath.at(text, pathEnd);
    }
}
