package io.variate.http.events;

import io.variate.config.Secret;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.Ruleset;
import io.variate.web.Failures;
import io.variate.web.InvalidRequestException;
import io.variate.web.ReceivedBody;
import io.variate.web.connections.Reservation;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Receives the body of an upload, which contains the sender's key, and searches its first bytes for the key as they
 * arrive. Until a known key is found, the body counts against the small part of the memory account that all
 * unauthenticated senders share, so that they cannot starve senders with a key. An unknown key ends the request at once.
 */
final class UploadAuthentication {
    /** How much of an incomplete body is searched for the key; SDKs send it first. */
    private static final int SEARCHED_BYTES = 4 * 1024;

    private final CurrentRuleset current;
    private final @Nullable Secret projectKey;

    UploadAuthentication(CurrentRuleset current, @Nullable Secret projectKey) {
        this.current = current;
        this.projectKey = projectKey;
    }

    /** Receives the body, then calls the next handler. */
    Handler<RoutingContext> upTo(int limit) {
        return context -> {
            Search search = new Search();
            Reservation reservation = Reservation.ofUnproven(context.request());
            ReceivedBody.receive(context, limit, reservation, body -> search(body, search), complete -> context.next());
        };
    }

    /** The progress of the search. */
    private static final class Search {
        private int next = 1;
        private boolean over;
    }

    private void search(ReceivedBody body, Search search) {
        if (search.over || body.size() < search.next) {
            return;
        }
        // Doubles each time, so that a body that trickles in is not searched again for each of its bytes.
        search.next = 2 * body.size();
        byte[] start = body.start(SEARCHED_BYTES);
        String key = ApiKeySearch.find(start);
        if (key != null) {
            if (!isKnown(key)) {
                throw new InvalidRequestException(EventResponses.UNKNOWN_KEY);
            }
            search.over = true;
            if (!body.reservation().prove()) {
                throw new InvalidRequestException(Failures.OVERLOADED);
            }
        } else if (start.length == SEARCHED_BYTES) {
            search.over = true;
        }
    }

    /** Whether a key may send events. */
    boolean isKnown(String key) {
        Ruleset ruleset = current.get();
        return (ruleset != null && ruleset.deployment(key) != null) || isProjectKey(key);
    }

    /** Compares in constant time. */
    private boolean isProjectKey(String key) {
        return projectKey != null
                && MessageDigest.isEqual(
                        key.getBytes(StandardCharsets.UTF_8), projectKey.value().getBytes(StandardCharsets.UTF_8));
    }
}
