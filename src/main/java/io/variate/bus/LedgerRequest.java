package io.variate.bus;

/** Requests the ledger of one node; the reply is a {@link LedgerResponse}. */
public record LedgerRequest() {
    /** Version of this message and of its reply; a receiver rejects a higher one. */
    public static final int VERSION = 1;
}
