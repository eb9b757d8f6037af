package io.variate.admin;

import io.variate.json.Json;
import io.variate.json.JsonException;
import io.variate.json.ObjectReader;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.RulesetRecovery;
import io.variate.rulesets.RulesetRecovery.Keep;
import io.variate.rulesets.document.InvalidRulesetException;
import io.variate.rulesets.rows.Revision;
import io.variate.web.Failures;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/1/ruleset/recover}: makes a restored database and the served ruleset one history again. */
final class RecoveryEndpoint {
    private static final String KEEP = "keep";

    private final CurrentRuleset current;
    private final RulesetChanges changes;
    private final @Nullable RulesetRecovery recovery;

    /** @param recovery null if the ruleset does not come from a database */
    RecoveryEndpoint(CurrentRuleset current, RulesetChanges changes, @Nullable RulesetRecovery recovery) {
        this.current = current;
        this.changes = changes;
        this.recovery = recovery;
    }

    void recover(RoutingContext context) {
        RulesetRecovery present = recovery;
        if (present == null) {
            changes.rejectWrite(context, "");
        } else if (current.get() == null) {
            Replies.error(context, Failures.NOT_READY);
        } else {
            RulesetChanges.body(context)
                    .map(RecoveryEndpoint::read)
                    .compose(keep -> present.recover(keep).onSuccess(revision -> confirm(context, keep, revision)))
                    .onFailure(failure -> reject(context, failure));
        }
    }

    /** @throws InvalidRulesetException with all problems of the body */
    private static Keep read(String json) {
        List<Problem> found = new ArrayList<>();
        try {
            ObjectReader body = ObjectReader.of(Json.parseStrict(json), new Problems("", found));
            String kept = body.string(KEEP);
            body.rejectUnknownFields(Set.of(KEEP));
            if (found.isEmpty()) {
                for (Keep keep : Keep.values()) {
                    if (name(keep).equals(kept)) {
                        return keep;
                    }
                }
                body.problem(KEEP, "must be \"database\" or \"served\"");
            }
        } catch (JsonException e) {
            found.add(new Problem(e.path(), String.valueOf(e.getMessage())));
        }
        throw new InvalidRulesetException(found);
    }

    private static void confirm(RoutingContext context, Keep keep, Revision revision) {
        context.response().putHeader(HttpHeaders.ETAG, RevisionTag.of(revision));
        Replies.json(
                context,
                200,
                new JsonObject().put("revision", revision.number()).put("kept", name(keep)));
    }

    private static void reject(RoutingContext context, Throwable failure) {
        if (failure instanceof InvalidRulesetException invalid) {
            RulesetChanges.rejectAs(context, 400, "bad_request", invalid);
        } else {
            RulesetChanges.reject(context, failure);
        }
    }

    private static String name(Keep keep) {
        return keep.name().toLowerCase(Locale.ROOT);
    }
}
