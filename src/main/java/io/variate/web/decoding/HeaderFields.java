package io.variate.web.decoding;

/** How many fields the head of a request may have, and what they cost beside their bytes. */
public final class HeaderFields {
    /** The most fields of one head; more are answered 431. */
    static final int MOST = 500;

    /** Bytes of heap that Netty and Vert.x take for a field beside its name and value, rounded up. */
    public static final int COST = 160;

    private HeaderFields() {}

    static UnacceptableRequestException tooMany() {
        return new UnacceptableRequestException(
                431, "headers_too_large", "a request must have at most " + MOST + " headers", "headers");
    }
}
