package io.variate.web.connections;

import java.util.Locale;

/** Why the node ends a connection or a stream of HTTP/2 that its client would go on with. */
public enum Cutoff {
    /** There are as many connections as may be, and this one was the least useful. */
    CONNECTIONS,
    /** The head of a request was not complete in time. */
    HEAD_TIMEOUT,
    /** The account of memory had no room for the head of a request. */
    HEAD_MEMORY,
    /** A body came more slowly than the least rate. */
    SLOW_BODY,
    /** An answer was taken more slowly than the least rate. */
    SLOW_ANSWER,
    /** The account of memory had no room for one more stream of HTTP/2. */
    STREAM_MEMORY,
    /** The client opened streams of HTTP/2 far beyond the bound, again and again. */
    REFUSED_STREAMS,
    /** The account of memory was full, and this connection held most of it without progress. */
    HEAVIEST;

    /** As metrics have it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
