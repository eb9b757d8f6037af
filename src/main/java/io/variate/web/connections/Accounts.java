package io.variate.web.connections;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/**
 * The memory accounts of one port. Requests and responses can each use at most three quarters of the total, so that a client
 * that fills one account does not block the other. Of all three, an eighth is a reserve for light connections.
 *
 * @param incoming heads and bodies of requests, and HTTP/2 streams
 * @param answers responses, from before they are encoded until the client has read them
 * @param unproven the part of {@code incoming} for bodies of clients that have not sent a valid key
 * @param newcomers the half of {@code incoming} for heads on connections without a successful request
 */
public record Accounts(MemoryAccount incoming, MemoryAccount answers, MemoryAccount unproven, MemoryAccount newcomers) {
    /** The reserve is this fraction of an account. */
    private static final int RESERVES = 8;

    /**
     * The accounts of the public port.
     *
     * @param limit total in bytes
     * @param unproven limit in bytes for clients that have not sent a valid key
     */
    public static Accounts ofClients(long limit, long unproven, MeterRegistry metrics) {
        MemoryAccount whole = new MemoryAccount(limit, limit / RESERVES).observe("clients", metrics);
        long part = limit - limit / 4;
        MemoryAccount incoming = whole.part(part, part / RESERVES).observe("incoming", metrics);
        return new Accounts(
                incoming,
                whole.part(part, part / RESERVES).observe("answers", metrics),
                incoming.part(unproven).observe("unproven", metrics),
                incoming.part(part / 2).observe("newcomers", metrics));
    }

    /** The accounts of the admin port, where all requests and responses share one limit. */
    public static Accounts ofOperators(long limit, MeterRegistry metrics) {
        MemoryAccount whole = new MemoryAccount(limit).observe("operators", metrics);
        return new Accounts(whole, whole, whole, whole);
    }

    List<MemoryAccount> all() {
        return List.of(incoming, answers, unproven, newcomers);
    }
}
