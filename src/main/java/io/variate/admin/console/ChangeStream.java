package io.variate.admin.console;

import io.variate.management.access.Caller;
import io.variate.management.access.Credential;
import io.variate.management.format.ProjectIds;
import io.variate.store.StoredChange;
import io.variate.web.connections.Reservation;
import io.variate.web.connections.Wire;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The stream of one client that follows changes. Used on the event loop of the admin port. */
final class ChangeStream {
    private static final Buffer HEARTBEAT = Buffer.buffer(":\n\n");

    /** A client that loses the stream reconnects after that time. */
    private static final String RETRY = "retry: 2000\n";

    /** Other projects move the position without an event; a client that reconnects must not be sent all of that again. */
    private static final int MOST_UNANNOUNCED = 500;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Reservation memory;
    private final Credential credential;
    private final @Nullable String project;
    private Caller caller;
    private long position;
    private long announced;
    private boolean wasFull;

    /**
     * A stream that has sent nothing.
     *
     * @param memory released when the stream is closed
     * @param project the key of the only project of interest; null for all that the caller may read
     * @param mostUnread bytes that may wait for the client before the stream pauses
     */
    ChangeStream(
            HttpServerRequest request,
            Reservation memory,
            Credential credential,
            Caller caller,
            @Nullable String project,
            int mostUnread) {
        this.request = request;
        this.response = request.response().setChunked(true).setWriteQueueMaxSize(mostUnread);
        this.memory = memory;
        this.credential = credential;
        this.caller = caller;
        this.project = project;
    }

    Credential credential() {
        return credential;
    }

    /** The caller may have changed, or may not read the project any more; returns whether the stream may continue. */
    boolean update(Caller present) {
        caller = present;
        return project == null || present.sees(project);
    }

    /** The keys of the projects of interest; null for all. */
    @Nullable
    Collection<String> projects() {
        if (project != null) {
            return Set.of(project);
        }
        Set<String> limit = caller.scope().projects();
        return limit.isEmpty() ? null : limit;
    }

    /** The number of the latest change that the client has, or may not see. */
    long position() {
        return position;
    }

    /** Begins at a position, which the client is told so that it can continue there. */
    void begin(long from) {
        position = from;
        announced = from;
        write(Buffer.buffer(RETRY + "event: position\nid: " + from + "\ndata: {}\n\n"));
    }

    /** Tells the client that it may have missed changes. */
    void reset(long to) {
        position = to;
        announced = to;
        write(Buffer.buffer("event: reset\nid: " + to + "\ndata: {}\n\n"));
    }

    /** Sends those of some changes, oldest first, that the client does not have and may see. */
    void send(List<StoredChange> changes) {
        Buffer events = Buffer.buffer();
        for (StoredChange change : changes) {
            if (change.number() > position) {
                position = change.number();
                if (caller.sees(change.project()) && (project == null || project.equals(change.project()))) {
                    announced = position;
                    events.appendString(event(change));
                }
            }
        }
        if (events.length() > 0) {
            write(events);
        }
    }

    /** There are no changes to send up to a position. */
    void skipTo(long to) {
        position = Math.max(position, to);
    }

    private static String event(StoredChange change) {
        JsonObject data = new JsonObject()
                .put("id", Long.toString(change.number()))
                .put("at", Times.text(change.at()))
                .put("actor", change.actor())
                .put("action", change.action())
                .put("resourceType", change.kind())
                .put("resourceId", Long.toString(change.resource()))
                .put("projectId", ProjectIds.of(change.project()))
                .put("key", change.label())
                .put("version", change.version())
                .put("revision", change.revision());
        return "event: change\nid: " + change.number() + "\ndata: " + data.encode() + "\n\n";
    }

    /** Keeps the connection alive; returns false if the client has read nothing since the previous heartbeat. */
    boolean beat() {
        boolean full = response.writeQueueFull();
        if (full) {
            boolean stuck = wasFull;
            wasFull = true;
            return !stuck;
        }
        wasFull = false;
        if (position - announced > MOST_UNANNOUNCED) {
            begin(position);
        } else {
            write(HEARTBEAT);
        }
        return true;
    }

    /** Whether more changes must wait until the client has read some. */
    boolean isFull() {
        return response.writeQueueFull();
    }

    /** Calls back once, when the client has read enough. */
    void whenRead(Runnable callback) {
        response.drainHandler(read -> {
            response.drainHandler(null);
            callback.run();
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    void end() {
        response.end();
    }

    /** Aborts the stream and drops what is unsent. */
    void cut() {
        Wire.cut(request);
    }

    void release() {
        memory.release();
    }

    /** A failed write closes the connection, which the close handler reports. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void write(Buffer text) {
        response.write(text);
    }
}
