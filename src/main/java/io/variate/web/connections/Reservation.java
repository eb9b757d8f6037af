package io.variate.web.connections;

import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * Memory of the account that one request holds, until it is released. Thread-safe: a worker may take more while the event
 * loop ends the request.
 */
public final class Reservation {
    /** Of requests that need no more than every connection may have; nothing is ever taken for them. */
    public static final Reservation NONE = new Reservation(Holder.UNGUARDED, Holder.UNBOUNDED);

    private final Holder holder;
    private MemoryAccount account;
    private long taken;
    private boolean over;

    private Reservation(Holder holder, MemoryAccount account) {
        this.holder = holder;
        this.account = account;
    }

    /** Of an answer, for which so many bytes are taken; null if the account has no room for them. */
    public static @Nullable Reservation of(HttpServerRequest request, int bytes) {
        if (bytes == 0) {
            return NONE;
        }
        Reservation reservation = ofAnswer(request);
        return reservation.take(bytes) ? reservation : null;
    }

    /** Of the answer to a request. Nothing is taken yet. */
    public static Reservation ofAnswer(HttpServerRequest request) {
        Holder holder = Holder.of(request);
        return new Reservation(holder, holder.accounts().answers());
    }

    /** Of the body of a client that has shown a key, or needs none. Nothing is taken yet. */
    public static Reservation ofBody(HttpServerRequest request) {
        Holder holder = Holder.of(request);
        return new Reservation(holder, holder.accounts().incoming());
    }

    /** Of a client that has not shown a key yet. Nothing is taken yet. */
    public static Reservation ofUnproven(HttpServerRequest request) {
        Holder holder = Holder.of(request);
        return new Reservation(holder, holder.accounts().unproven());
    }

    /** Takes more bytes; false if the account has no room for them, or if the request is over. */
    public synchronized boolean take(long bytes) {
        if (over || !holder.take(account, bytes)) {
            return false;
        }
        taken += bytes;
        return true;
    }

    /** The client has shown a key; false, and nothing is held any more, if the account has no room. */
    public synchronized boolean prove() {
        MemoryAccount proven = holder.accounts().incoming();
        if (over || account == proven) {
            return !over;
        }
        // Back first, for the one is a part of the other.
        holder.giveBack(account, taken);
        account = proven;
        if (holder.take(proven, taken)) {
            return true;
        }
        taken = 0;
        over = true;
        return false;
    }

    /** Gives back all but so many bytes, if that is less than what is held. */
    public synchronized void shrinkTo(long bytes) {
        if (bytes < taken) {
            holder.giveBack(account, taken - bytes);
            taken = bytes;
        }
    }

    /** A reservation of so many bytes in the place of this one; null, and this one is released, if there is no room. */
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

    /** Gives everything back; later calls take nothing. */
    public void release() {
        if (this != NONE) {
            releaseAll();
        }
    }

    private synchronized void releaseAll() {
        over = true;
        holder.giveBack(account, taken);
        taken = 0;
    }
}
