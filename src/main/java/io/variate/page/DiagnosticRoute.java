package io.variate.page;

import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.web.Authentication;
import io.variate.web.Authentication.Caller;
import io.variate.web.Bodies;
import io.variate.web.Failures;
import io.variate.web.MinRevision;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiFunction;

/**
 * The {@code POST} route of explanations and simulations: requires a server key, honors {@code X-Variate-Min-Revision},
 * and limits concurrent requests. Beyond the limit it answers 503.
 *
 * <p>Belongs to one verticle instance.
 */
final class DiagnosticRoute {
    private final int maxConcurrent;
    private final TimeTravel time;
    private final BiFunction<RoutingContext, Caller, Future<?>> answer;
    private int inFlight;

    /**
     * A route without requests in flight.
     *
     * @param time moves requests to past revisions
     * @param answer answers an authenticated request with a body, for the caller in the requested revision; completes when its
     *     work is done. A failure becomes the answer, so it must come before any other
     */
    DiagnosticRoute(int maxConcurrent, TimeTravel time, BiFunction<RoutingContext, Caller, Future<?>> answer) {
        this.maxConcurrent = maxConcurrent;
        this.time = time;
        this.answer = answer;
    }

    void addTo(Router router, String path, CurrentRuleset current, Settings settings) {
        router.post(path)
                .handler(new MinRevision(current, settings.rulesets().minRevisionWait()))
                .handler(new Authentication(current))
                .handler(new RequireServerKey())
                .handler(Bodies.upTo(settings.http().maxBodySize()))
                .handler(this::handle)
                .failureHandler(Failures::handle);
        router.route(path).handler(context -> Failures.refuseMethod(context, HttpMethod.POST));
    }

    private void handle(RoutingContext context) {
        if (context.response().closed()) {
            // Closed while waiting for the revision: the end of the answer would never be reported.
            return;
        }
        if (inFlight >= maxConcurrent) {
            Failures.answer(context, Failures.OVERLOADED);
            return;
        }
        Future<?> work = time.caller(context).compose(caller -> answer(context, caller));
        inFlight++;
        work.onComplete(done -> inFlight--).onFailure(context::fail);
    }

    /** A client that has left while its revision was loaded gets no answer, and the end of one would never be reported. */
    private Future<?> answer(RoutingContext context, Caller caller) {
        return context.response().closed() ? Future.succeededFuture() : answer.apply(context, caller);
    }
}
