package io.variate.page;

import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.web.Authentication;
import io.variate.web.Bodies;
import io.variate.web.Failures;
import io.variate.web.MinRevision;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;

/**
 * {@code POST} of what people try: for server keys, from the revision asked for or a later one, and few at a time. Whoever
 * comes when it is full is answered 503.
 *
 * <p>Belongs to one verticle instance.
 */
final class TryoutRoute {
    private final int mostAtATime;
    private final Function<RoutingContext, Future<?>> answer;
    private int underWay;

    /**
     * A route without requests.
     *
     * @param answer answers a request with a body and a caller; completes when its work is over
     */
    TryoutRoute(int mostAtATime, Function<RoutingContext, Future<?>> answer) {
        this.mostAtATime = mostAtATime;
        this.answer = answer;
    }

    void addTo(Router router, String path, CurrentRuleset current, Settings settings) {
        router.post(path)
                .handler(new MinRevision(current, settings.rulesets().minRevisionWait()))
                .handler(new Authentication(current))
                .handler(new ServerKeys())
                .handler(Bodies.upTo(settings.http().maxBodySize()))
                .handler(this::handle)
                .failureHandler(Failures::handle);
        router.route(path).handler(context -> Failures.refuseMethod(context, HttpMethod.POST));
    }

    private void handle(RoutingContext context) {
        if (context.response().closed()) {
            // Whoever left while the revision was awaited; nothing would tell of the end of the answer.
            return;
        }
        if (underWay >= mostAtATime) {
            Failures.answer(context, Failures.OVERLOADED);
            return;
        }
        Future<?> over = answer.apply(context);
        underWay++;
        over.onComplete(done -> underWay--);
    }
}
