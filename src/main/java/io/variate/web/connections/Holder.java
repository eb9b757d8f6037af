package io.variate.web.connections;

import io.vertx.core.http.HttpServerRequest;

/** A connection as the holder of account memory. Thread-safe. */
public interface Holder {
    /** An account without a limit. */
    MemoryAccount UNBOUNDED = new MemoryAccount(Long.MAX_VALUE);

    /** A holder whose memory is not counted, for requests to servers without guards. */
    Holder UNGUARDED = new Holder() {
        @Override
        public boolean take(MemoryAccount account, long bytes) {
            return true;
        }

        @Override
        public void release(MemoryAccount account, long bytes) {}

        @Override
        public Accounts accounts() {
            return new Accounts(UNBOUNDED, UNBOUNDED, UNBOUNDED, UNBOUNDED);
        }
    };

    /** Takes memory from an account and, if it is full, evicts stalled connections; returns whether it succeeded. */
    boolean take(MemoryAccount account, long bytes);

    /** Returns memory to its account. */
    void release(MemoryAccount account, long bytes);

    /** The accounts of this port. */
    Accounts accounts();

    /** The holder of a request: its connection. */
    static Holder of(HttpServerRequest request) {
        ConnectionGuard guard = Wire.channel(request).attr(ConnectionGuard.KEY).get();
        return guard == null ? UNGUARDED : guard;
    }
}
