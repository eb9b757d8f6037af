package io.variate.web.connections;

import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * Account memory that one request holds until it is released. Thread-safe: a worker may take more while the event loop ends
 * the request.
 */
public final class Reservation {
    /** For requests within the free allowance of a connection; nothing is charged. */
    public static final Reservation NONE = new Reservation(Holder.UNGUARDED, Holder.UNBOUNDED);

    private final Holder holder;
    private MemoryAccount account;
    private long taken;
    private boolean over;

    private Reservation(Holder holder, MemoryAccount account) {
        this.holder = holder;
        this.account = account;
    }

    /** Reserves bytes for a response; null if the account is full. */
    public static @Nullable Reservation of(HttpServerRequest request, int bytes) {
        if (bytes == 0) {
            return NONE;
        }
        Reservation reservation = ofAnswer(request);
        return reservation.take(bytes) ? reservation : null;
    }

    /** An empty reservation for the response to a request. */
    public static Reservation ofAnswer(HttpServerRequest request) {
        Holder holder = Holder.of(request);
        return new Reservation(holder, holder.accounts().answers());
    }

    /** An empty reservation for the body of an authenticated client, or one that needs no key. */
    public static Reservation ofBody(HttpServerRequest request) {
        Holder holder = Holder.of(request);
        return new Reservation(holder, holder.accounts().incoming());
    }

    /** An empty reservation for the body of a client that is not authenticated yet. */
    public static Reservation ofUnproven(HttpServerRequest request) {
        Holder holder = Holder.of(request);
        return new Reservation(holder, holder.accounts().unproven());
    }

    /** Takes more bytes; returns false if the account is full or the request has ended. */
    public synchronized boolean take(long bytes) {
        if (over || !holder.take(account, bytes)) {
            return false;
        }
        taken += bytes;
        return true;
    }

    /** Moves the bytes to the account of authenticated clients; returns false and releases them if that is full. */
    public synchronized boolean prove() {
        MemoryAccount proven = holder.accounts().incoming();
        if (over || account == proven) {
            return !over;
        }
        // Release first, because one account is a part of the other.
        holder.release(account, taken);
        account = proven;
        if (holder.take(proven, taken)) {
            return true;
        }
        taken = 0;
        over = true;
        return false;
    }

    /** Releases all but so many bytes; has no effect if fewer are held. */
    public synchronized void shrinkTo(long bytes) {
        if (bytes < taken) {
            holder.release(account, taken - bytes);
            taken = bytes;
        }
    }

    /** Grows or shrinks the reservation, or replaces {@link #NONE}; null if the account is full, with this one released. */
    public @Nullable Reservation resizedTo(HttpServerRequest request, int bytes) {
        if (this == NONE) {
            return of(request, bytes);
        }
        shrinkTo(bytes);
        if (takeUpTo(bytes)) {
            return this;
        }
        release();
        return null;
    }

    private synchronized boolean takeUpTo(long bytes) {
        return bytes <= taken || take(bytes - taken);
    }

    /** Releases everything; later calls take nothing. */
    public void release() {
        if (this != NONE) {
            releaseAll();
        }
    }

    private synchronized void releaseAll() {
        over = true;
        holder.release(account, taken);
        taken = 0;
    }
}
