package io.variate.web.connections;

import io.vertx.core.http.HttpServerRequest;

/** Who holds memory of the account: a connection. Thread-safe. */
public interface Holder {
    /** What nothing is taken from. */
    MemoryAccount UNBOUNDED = new MemoryAccount(Long.MAX_VALUE);

    /** A holder whose memory is not accounted for, below requests that no guarded server took. */
    Holder UNGUARDED = new Holder() {
        @Override
        public boolean take(MemoryAccount account, long bytes) {
            return true;
        }

        @Override
        public void giveBack(MemoryAccount account, long bytes) {}

        @Override
        public Accounts accounts() {
            return new Accounts(UNBOUNDED, UNBOUNDED, UNBOUNDED, UNBOUNDED);
        }
    };

    /** Takes memory from an account, if need be from a connection that holds more and does not move. */
    boolean take(MemoryAccount account, long bytes);

    /** Gives back what was taken. */
    void giveBack(MemoryAccount account, long bytes);

    /** The accounts of the clients of this port. */
    Accounts accounts();

    /** The connection of a request. */
    static Holder of(HttpServerRequest request) {
        ConnectionGuard guard = Wire.channel(request).attr(ConnectionGuard.KEY).get();
        return guard == null ? UNGUARDED : guard;
    }
}
