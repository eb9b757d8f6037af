package io.variate.web.decoding;

/** The maximum number of header fields of a request, and their memory overhead. */
public final class HeaderFields {
    /** Most fields of one head; a request with more gets a 431. */
    public static final int MAX = 1000;

    /** Heap bytes that Netty and Vert.x allocate for a field in addition to its name and value, rounded up. */
    public static final int COST = 160;

    private HeaderFields() {}

    static UnacceptableRequestException tooMany() {
        return new UnacceptableRequestException(
                431, "headers_too_large", "a request must have at most " + MAX + " headers", "headers");
    }
}
