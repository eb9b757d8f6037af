package io.variate.http.events;

import io.variate.config.Secret;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.DeployedFlags;
import io.variate.rulesets.Project;
import io.variate.rulesets.Ruleset;
import io.variate.rulesets.document.ProjectKeys;
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
    private final @Nullable Secret unnamedKey;

    /** @param unnamedKey the API key of the unnamed project, or null */
    UploadAuthentication(CurrentRuleset current, @Nullable Secret unnamedKey) {
        this.current = current;
        this.unnamedKey = unnamedKey;
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
            if (senderOf(key) == null) {
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

    /** The sender with a key, or null if the key may not send events. */
    @Nullable
    Sender senderOf(String key) {
        Ruleset ruleset = current.get();
        DeployedFlags deployed = ruleset == null ? null : ruleset.deployment(key);
        if (deployed != null) {
            deployed.uses().requested();
            return Sender.of(ruleset, deployed.project().key());
        }
        if (isKeyOfUnnamedProject(key)) {
            return Sender.of(ruleset, ProjectKeys.UNNAMED);
        }
        Project project = ruleset == null ? null : ruleset.projectOf(key);
        return project == null ? null : Sender.of(ruleset, project.key());
    }

    /** Compares in constant time. */
    private boolean isKeyOfUnnamedProject(String key) {
        return unnamedKey != null
                && MessageDigest.isEqual(
                        key.getBytes(StandardCharsets.UTF_8), unnamedKey.value().getBytes(StandardCharsets.UTF_8));
    }
}
