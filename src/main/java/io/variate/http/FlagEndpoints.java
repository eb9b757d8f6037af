package io.variate.http;

import io.variate.config.Settings;
import io.variate.http.Authentication.Caller;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.FlagFilter;
import io.variate.rulesets.ServedFlags;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * {@code GET /sdk/v2/flags} and {@code GET /v1/flags}: flag configurations, for SDKs that evaluate by themselves and for
 * first values of those that do not.
 *
 * <p>Source: Amplitude's Evaluation API and SDKs; the entity tag is ours.
 */
public final class FlagEndpoints implements Endpoints {
    private static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");
    private static final CharSequence VARY = HttpHeaders.createOptimized("Authorization, Accept-Encoding");

    private final MinRevision minRevision;
    private final Authentication authentication;
    private final int maxInFlight;
    private final int compressFrom;

    /** Requests that a worker prepares the answer of. */
    private int inFlight;

    /**
     * Serves flags.
     *
     * @param current where deployment keys are looked up
     */
    public FlagEndpoints(CurrentRuleset current, Settings settings) {
        this.minRevision = new MinRevision(current, settings.rulesets().minRevisionWait());
        this.authentication = new Authentication(current);
        this.maxInFlight = settings.http().maxInFlight();
        this.compressFrom = settings.http().compressFrom();
    }

    @Override
    public void addTo(Router router) {
        add(router, "/sdk/v2/flags");
        add(router, "/v1/flags");
    }

    private void add(Router router, String path) {
        router.get(path)
                .handler(minRevision)
                .handler(authentication)
                .handler(this::handle)
                .failureHandler(Failures::handle);
        router.route(path).handler(context -> Failures.refuseMethod(context, HttpMethod.GET));
    }

    private void handle(RoutingContext context) {
        Caller caller = Caller.of(context);
        ServedFlags served = caller.deployed().served();
        FlagFilter filter = FlagQuery.read(context.request().query());
        boolean gzip = Compression.isAccepted(context.request().headers());
        if (filter.isAll() && isReady(served, gzip)) {
            answer(context, caller, served, gzip);
            return;
        }
        if (inFlight >= maxInFlight) {
            Failures.answer(context, Failures.OVERLOADED);
            return;
        }
        inFlight++;
        context.vertx()
                .executeBlocking(() -> prepared(served.filtered(filter), gzip), false)
                .onComplete(done -> {
                    inFlight--;
                    if (done.succeeded()) {
                        answer(context, caller, done.result(), gzip);
                    } else {
                        context.fail(done.cause());
                    }
                });
    }

    private boolean isReady(ServedFlags served, boolean gzip) {
        return served.isEncoded() && (!gzip || served.isCompressed() || !isWorthCompressing(served));
    }

    /** Does what takes long where it may: thousands of flags are megabytes. */
    private ServedFlags prepared(ServedFlags served, boolean gzip) {
        if (gzip && isWorthCompressing(served)) {
            served.gzip();
        }
        served.hash();
        return served;
    }

    private boolean isWorthCompressing(ServedFlags served) {
        return served.json().length() >= compressFrom;
    }

    private void answer(RoutingContext context, Caller caller, ServedFlags served, boolean acceptsGzip) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        boolean gzip = acceptsGzip && isWorthCompressing(served);
        String tag = '"' + Long.toHexString(served.hash()) + '"';
        // A strong tag promises the same bytes.
        response.putHeader(HttpHeaders.ETAG, gzip ? "W/" + tag : tag)
                .putHeader(HttpHeaders.VARY, VARY)
                .putHeader(HttpHeaders.CACHE_CONTROL, Answers.NO_STORE)
                .putHeader(Answers.REVISION, Long.toString(caller.revision()));
        if (EntityTag.isKnown(context.request().headers(), tag)) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, Answers.JSON);
        if (gzip) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, GZIP).end(served.gzip());
        } else {
            response.end(served.json());
        }
    }
}
