package io.variate.admin.api;

import io.variate.admin.DocumentBodies;
import io.variate.admin.Replies;
import io.variate.management.Management;
import io.variate.management.Summaries;
import io.variate.management.access.UsageRecorder;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.document.RulesetChange;
import io.variate.web.ApiError;
import io.variate.web.Endpoints;
import io.variate.web.InvalidRequestException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The routes of the management API. Used on the event loop of the admin port. */
public final class ManagementEndpoints implements Endpoints {
    private static final ApiError UPSTREAM_MANAGED =
            new ApiError(409, "read_only", "the ruleset is managed upstream: change flags there");
    private static final ApiError NOT_MANAGED_HERE = new ApiError(
            409, "not_managed_here", "this node has no PostgreSQL, so it manages no flags: its ruleset is a file");

    /** Amplitude's documents use both names of holdout groups. */
    private static final String HOLDOUT_ALIAS = "/holdout";

    private static final String DEPLOYMENTS = "/deployments";

    private final @Nullable Parts parts;
    private final DocumentBodies bodies;
    private final ApiError unmanaged;
    private final WriteOperations writes = new WriteOperations();
    private final List<Operation> operations = new ArrayList<>();

    /**
     * Serves the management API.
     *
     * @param sources null if this node has no database: requests are then rejected with 409, but another part of the
     *     admin port lists the deployments of the served ruleset
     * @param zone of this node
     * @param usage when deployment keys were last used
     * @param maxBytes largest body
     * @param hasUpstream whether the ruleset comes from an upstream
     */
    public ManagementEndpoints(
            @Nullable Sources sources, String zone, UsageRecorder usage, long maxBytes, boolean hasUpstream) {
        this.parts = sources == null
                ? null
                : new Parts(
                        new ReadEndpoints(sources.management(), zone, usage),
                        new WriteEndpoints(sources.management(), writes),
                        new AuditEndpoint(sources.management()),
                        new SummariesEndpoint(sources.summaries(), sources.current(), Clock.systemUTC()));
        this.bodies = DocumentBodies.ofResources(maxBytes);
        this.unmanaged = hasUpstream ? UPSTREAM_MANAGED : NOT_MANAGED_HERE;
        addReads();
        for (WriteOperation write : writes.all()) {
            operations.add(new Operation(write.method(), write.path(), (each, request) -> each.writes()
                    .write(request, write)));
        }
        add(HttpMethod.POST, "/batch", (each, request) -> each.writes().batch(request));
    }

    /**
     * What the API reads and writes.
     *
     * @param current the ruleset that decides which flags are stale
     */
    public record Sources(Management management, Summaries summaries, CurrentRuleset current) {}

    private record Parts(
            ReadEndpoints reads, WriteEndpoints writes, AuditEndpoint audit, SummariesEndpoint summaries) {}

    private interface Handler {
        /** Completes with null if the response has been sent or started. */
        Future<? extends @Nullable Answer> answer(Parts parts, ApiRequest request);
    }

    private record Operation(HttpMethod method, PathTemplate path, Handler handler) {}

    private interface CollectionHandler {
        Future<Answer> answer(ReadEndpoints reads, ApiRequest request, ResourceCollection collection);
    }

    private void addReads() {
        for (ResourceCollection collection : ResourceCollection.values()) {
            get(
                    "/" + collection.path(),
                    collection,
                    collection == ResourceCollection.DEPLOYMENTS
                            ? ReadEndpoints::listDeployments
                            : ReadEndpoints::list);
            if (collection != ResourceCollection.PROJECTS) {
                get("/" + collection.path() + "/{id}", collection, ReadEndpoints::get);
            }
        }
        get(HOLDOUT_ALIAS, ResourceCollection.HOLDOUTS, ReadEndpoints::list);
        get(HOLDOUT_ALIAS + "/{id}", ResourceCollection.HOLDOUTS, ReadEndpoints::get);
        for (ResourceCollection flags : ResourceCollection.WITH_VARIANTS) {
            String one = "/" + flags.path() + "/{id}";
            get(one + "/variants", flags, ReadEndpoints::variants);
            get(one + "/variants/{variant}", flags, ReadEndpoints::variant);
            get(one + "/variants/{variant}/users", flags, ReadEndpoints::users);
            get(one + "/variants/{variant}/cohorts", flags, ReadEndpoints::cohorts);
            get(one + DEPLOYMENTS, flags, ReadEndpoints::deployments);
        }
        for (ResourceCollection collection : ResourceCollection.WITH_VERSIONS) {
            String versions = "/" + collection.path() + "/{id}/versions";
            get(versions, collection, ReadEndpoints::versions);
            get(versions + "/{version}", collection, ReadEndpoints::version);
            get(versions + "/{version}/diff/{other}", collection, ReadEndpoints::diff);
        }
        add(HttpMethod.GET, "/versions", (each, request) -> each.reads().versionsOfAll(request));
        add(HttpMethod.GET, "/audit", (each, request) -> each.audit().list(request));
        add(HttpMethod.GET, "/summaries", (each, request) -> each.summaries().list(request));
    }

    private void get(String path, ResourceCollection collection, CollectionHandler handler) {
        add(HttpMethod.GET, path, (each, request) -> handler.answer(each.reads(), request, collection));
    }

    private void add(HttpMethod method, String path, Handler handler) {
        operations.add(new Operation(method, PathTemplate.of(path), handler));
    }

    @Override
    public void addTo(Router router) {
        Map<String, List<Operation>> byPath = new LinkedHashMap<>();
        for (Operation operation : operations) {
            byPath.computeIfAbsent(operation.path().route(), path -> new ArrayList<>())
                    .add(operation);
        }
        byPath.forEach((path, methods) -> {
            boolean isServedElsewhere = parts == null && path.equals(PathTemplate.BASE + DEPLOYMENTS);
            for (Operation operation : methods) {
                if (!isServedElsewhere || !HttpMethod.GET.equals(operation.method())) {
                    route(router, operation, path).handler(context -> handle(context, operation));
                }
            }
            if (!isServedElsewhere) {
                router.route(path).handler(Replies.onlyAllows(names(methods)));
            }
        });
    }

    private Route route(Router router, Operation operation, String path) {
        return parts == null || HttpMethod.GET.equals(operation.method())
                ? router.route(operation.method(), path)
                : bodies.receive(router, operation.method(), path);
    }

    private static String names(List<Operation> methods) {
        List<String> names = new ArrayList<>();
        for (Operation operation : methods) {
            names.add(
                    HttpMethod.GET.equals(operation.method())
                            ? "GET, HEAD"
                            : operation.method().name());
        }
        return String.join(", ", names);
    }

    private void handle(RoutingContext context, Operation operation) {
        Parts present = parts;
        if (present == null) {
            Replies.error(context, unmanaged);
            return;
        }
        answer(context, operation, present)
                .onSuccess(answer -> {
                    if (answer != null) {
                        answer.send(context.response());
                    }
                })
                .onFailure(failure -> ManagementFailures.answer(context, failure));
    }

    /**
     * The rows of the ruleset after the writes of a batch, which are not stored.
     *
     * @param context the authenticated request
     * @param batch with the field {@code writes}, as in the body of {@code POST /api/1/batch}
     * @return fails with an {@link InvalidRequestException}, which has the error for the client, or with an {@link
     *     io.variate.rulesets.document.InvalidRulesetException}
     */
    public Future<RulesetChange.Outcome> candidate(RoutingContext context, JsonObject batch) {
        Parts present = parts;
        return present == null
                ? Future.failedFuture(new InvalidRequestException(unmanaged))
                : present.writes().candidate(context, batch);
    }

    private static Future<? extends @Nullable Answer> answer(RoutingContext context, Operation operation, Parts parts) {
        try {
            return operation.handler().answer(parts, ApiRequest.of(context, operation.path()));
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
