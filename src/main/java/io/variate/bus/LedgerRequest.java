package io.variate.bus;

/** Asks one node for its books; the answer is a {@link LedgerResponse}. */
public record LedgerRequest() {
    /** Version of this message and of its answer; a receiver refuses a higher one. */
    public static final int VERSION = 1;
}
