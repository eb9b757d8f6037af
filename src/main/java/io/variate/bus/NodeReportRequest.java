package io.variate.bus;

/** Requests the state of one node, for operators; the reply is a {@link NodeReport}. */
public record NodeReportRequest() {
    /** Version of this message and of its reply; a receiver rejects a higher one. */
    public static final int VERSION = 1;
}
