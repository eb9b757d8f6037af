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
 * The body of a batch of events, whose sender's key is inside it: looked for in the first bytes, as they come. Until it is
 * found and known, the body counts against the small part of the account that all unproven senders share, so that they
 * cannot keep out those with a key; a key that nobody has ends the request at once.
 */
final class EventBody {
    /** How far into the content the key is looked for before all of it is there; SDKs put it first. */
    private static final int SEARCHED_BYTES = 4 * 1024;

    private final CurrentRuleset current;
    private final @Nullable Secret projectKey;

    EventBody(CurrentRuleset current, @Nullable Secret projectKey) {
        this.current = current;
        this.projectKey = projectKey;
    }

    /** Reads the body before the handlers that follow. */
    Handler<RoutingContext> upTo(int limit) {
        return context -> {
            Search search = new Search();
            Reservation reservation = Reservation.ofUnproven(context.request());
            ReceivedBody.receive(context, limit, reservation, body -> look(body, search), complete -> context.next());
        };
    }

    /** How far the key has been looked for. */
    private static final class Search {
        private int next = 1;
        private boolean over;
    }

    private void look(ReceivedBody body, Search search) {
        if (search.over || body.size() < search.next) {
            return;
        }
        // Twice as much each time, so that a trickle is not read again for each of its bytes.
        search.next = 2 * body.size();
        byte[] start = body.start(SEARCHED_BYTES);
        String key = ApiKeySearch.in(start);
        if (key != null) {
            if (!isKnown(key)) {
                throw new InvalidRequestException(EventAnswers.UNKNOWN_KEY);
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

    /** Takes the same time wherever the first difference is. */
    private boolean isProjectKey(String key) {
        return projectKey != null
                && MessageDigest.isEqual(
                        key.getBytes(StandardCharsets.UTF_8), projectKey.value().getBytes(StandardCharsets.UTF_8));
    }
}
