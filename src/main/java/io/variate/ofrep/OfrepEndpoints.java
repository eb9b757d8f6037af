package io.variate.ofrep;

import io.variate.client.EvaluationClient;
import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Settings;
import io.variate.http.flags.OpenStreams;
import io.variate.rulesets.CurrentRuleset;
import io.variate.web.ApiError;
import io.variate.web.Bodies;
import io.variate.web.Compression;
import io.variate.web.Endpoints;
import io.variate.web.MinRevision;
import io.variate.web.decoding.RequestPath;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** OpenFeature's Remote Evaluation Protocol, version 0.3. */
public final class OfrepEndpoints implements Endpoints {
    private static final String ALL = "/ofrep/v1/evaluate/flags";
    private static final String ONE = ALL + "/:key";

    /** Matches the same paths as the routes of these endpoints. */
    private static final Pattern ROUTES =
            Pattern.compile("(?:" + ALL + "(?:/(?<key>[^/]*))?|" + ChangeStreams.PATH + ")/?");

    private final CurrentRuleset current;
    private final UploadedCohorts cohorts;
    private final EvaluationClient client;
    private final Vertx vertx;
    private final OpenStreams openStreams;
    private final Settings settings;
    private @Nullable ChangeStreams streams;

    /**
     * Serves providers.
     *
     * @param current where deployment keys are looked up
     * @param cohorts whose changes providers are notified of
     * @param client evaluates the requests
     * @param openStreams shared by all event loops of the node
     */
    public OfrepEndpoints(
            Vertx vertx,
            CurrentRuleset current,
            UploadedCohorts cohorts,
            EvaluationClient client,
            OpenStreams openStreams,
            Settings settings) {
        this.vertx = vertx;
        this.current = current;
        this.cohorts = cohorts;
        this.client = client;
        this.openStreams = openStreams;
        this.settings = settings;
    }

    @Override
    public void addTo(Router router) {
        EvaluationHandlers handlers = new EvaluationHandlers(
                client,
                settings.http().maxInFlight(),
                new Compression(settings.http().compressFrom()),
                new StreamAddresses(settings.http().publicUrl()));
        // The router matches a trailing slash here too, but that is a path of one flag with an empty key.
        add(router, ALL, context -> {
            if (OfrepFailures.flagKey(context) == null) {
                handlers.evaluateAll(context);
            } else {
                handlers.evaluateOne(context);
            }
        });
        add(router, ONE, handlers::evaluateOne);
        ChangeStreams changes = new ChangeStreams(vertx, current, cohorts, openStreams, settings.streams());
        router.route(HttpMethod.GET, ChangeStreams.PATH).handler(changes::open).failureHandler(OfrepFailures::handle);
        router.route(ChangeStreams.PATH).handler(context -> OfrepFailures.refuseMethod(context, HttpMethod.GET));
        streams = changes;
    }

    private void add(Router router, String path, Handler<RoutingContext> handler) {
        OfrepAuthentication keys = new OfrepAuthentication(current);
        router.route(HttpMethod.POST, path)
                .handler(new MinRevision(current, settings.rulesets().minRevisionWait()))
                .handler(keys)
                .handler(Bodies.upTo(settings.http().maxBodySize()))
                .handler(new RevisionBarrier(current))
                // Again, since the ruleset may have changed meanwhile.
                .handler(keys)
                .handler(handler)
                .failureHandler(OfrepFailures::handle);
        router.route(path).handler(context -> OfrepFailures.refuseMethod(context, HttpMethod.POST));
    }

    @Override
    public boolean refuse(HttpServerRequest request, ApiError error) {
        String path = request.path();
        Matcher route = ROUTES.matcher(path == null ? "" : RequestPath.normalized(path));
        if (!route.matches()) {
            return false;
        }
        OfrepFailures.answer(request.response(), error, route.group("key"));
        return true;
    }

    @Override
    public Future<?> drain() {
        return streams == null ? Future.succeededFuture() : streams.drain();
    }
}
