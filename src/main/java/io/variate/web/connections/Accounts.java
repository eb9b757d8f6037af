package io.variate.web.connections;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;

/**
 * The accounts of memory of one port. What comes in and what goes out each leave a quarter of the whole to the other, so
 * that a client which fills one does not keep others from the other.
 *
 * @param incoming heads and bodies of requests, streams of HTTP/2
 * @param answers answers, from before they are made until they are taken
 * @param unproven the part of what comes in that those share who have not shown a key
 * @param newcomers the half of what comes in that request heads share on connections of which no request was served yet
 */
public record Accounts(MemoryAccount incoming, MemoryAccount answers, MemoryAccount unproven, MemoryAccount newcomers) {

    /**
     * The accounts of the public port.
     *
     * @param limit of all together, in bytes
     * @param unproven of those who have not shown a key
     */
    public static Accounts ofClients(long limit, long unproven, MeterRegistry metrics) {
        MemoryAccount whole = new MemoryAccount(limit).observe("clients", metrics);
        long part = limit - limit / 4;
        MemoryAccount incoming = whole.part(part).observe("incoming", metrics);
        return new Accounts(
                incoming,
                whole.part(part).observe("answers", metrics),
                incoming.part(unproven).observe("unproven", metrics),
                incoming.part(part / 2).observe("newcomers", metrics));
    }

    /** The accounts of a port where nobody is kept from anything by others. */
    public static Accounts ofOperators(long limit, MeterRegistry metrics) {
        MemoryAccount whole = new MemoryAccount(limit).observe("operators", metrics);
        return new Accounts(whole, whole, whole, whole);
    }

    List<MemoryAccount> all() {
        return List.of(incoming, answers, unproven, newcomers);
    }
}
