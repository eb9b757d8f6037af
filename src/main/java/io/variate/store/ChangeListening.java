package io.variate.store;

import io.vertx.core.Future;
import io.vertx.pgclient.PgConnection;

/** A connection that hears of changes until it breaks or is closed. */
public final class ChangeListening {
    private final PgConnection connection;
    private volatile boolean alive = true;

    ChangeListening(PgConnection connection) {
        this.connection = connection;
        connection.closeHandler(closed -> alive = false);
    }

    /** False once the connection is gone: changes are no longer heard of. */
    public boolean alive() {
        return alive;
    }

    /** Ends the listening. */
    public Future<Void> close() {
        alive = false;
        return connection.close();
    }
}
