package io.variate.web.connections;

import java.util.Locale;

/** Why the node aborts a connection or an HTTP/2 stream. */
public enum Cutoff {
    /** The port had too many connections, and this one was the least useful. */
    CONNECTIONS,
    /** The head of a request was not complete in time. */
    HEAD_TIMEOUT,
    /** The account had no memory for the head of a request. */
    HEAD_MEMORY,
    /** A body arrived below the minimum rate. */
    SLOW_BODY,
    /** The client read a response below the minimum rate. */
    SLOW_ANSWER,
    /** The account had no memory for one more HTTP/2 stream. */
    STREAM_MEMORY,
    /** The client repeatedly opened far more HTTP/2 streams than allowed. */
    REFUSED_STREAMS,
    /** The account was full, and this stalled connection held most of it. */
    HEAVIEST;

    /** The value of the label {@code cause} in metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
