package io.variate.http.flags;

import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.rulesets.FlagBody;
import io.variate.rulesets.ServedFlags;
import io.variate.rulesets.document.FlagFilter;
import io.variate.web.Authentication;
import io.variate.web.Authentication.Caller;
import io.variate.web.BasicAuthentication;
import io.variate.web.Compression;
import io.variate.web.Endpoints;
import io.variate.web.EntityTag;
import io.variate.web.Failures;
import io.variate.web.InFlightLimit;
import io.variate.web.MinRevision;
import io.variate.web.ResponseHeaders;
import io.variate.web.connections.Reservation;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Supplier;

/**
 * {@code GET /sdk/v2/flags} and {@code GET /v1/flags}: flag configurations for SDKs with local evaluation, and for
 * bootstrapping SDKs without.
 *
 * <p>Source: Amplitude's Evaluation API and SDKs. The entity tag is our own.
 */
public final class FlagEndpoints implements Endpoints {
    private static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");
    private static final CharSequence VARY = HttpHeaders.createOptimized("Authorization, Accept-Encoding");

    /** {@code Basic …} with the API key and the secret key of the project of the deployment. */
    private static final CharSequence PROJECT_AUTHORIZATION =
            HttpHeaders.createOptimized("X-Variate-Project-Authorization");

    private static final FlagFilter REMOTE = new FlagFilter(FlagFilter.REMOTE, null, List.of());

    /** Bytes that encoding needs per byte of the answer: the text, its bytes, and their compressed form. */
    private static final long ENCODING_FACTOR = 3;

    /** Estimated size of a set that is not encoded yet. */
    private static final long UNKNOWN_BYTES = 256 * 1024;

    private final MinRevision minRevision;
    private final Authentication authentication;
    private final BasicAuthentication projects;

    /** Requests whose response a worker prepares. */
    private final InFlightLimit inFlight;

    private final int compressFrom;

    /**
     * Serves flags.
     *
     * @param current where deployment keys are looked up
     */
    public FlagEndpoints(CurrentRuleset current, Settings settings) {
        this.minRevision = new MinRevision(current, settings.rulesets().minRevisionWait());
        this.authentication = new Authentication(current);
        this.projects = new BasicAuthentication(current, settings.project());
        this.inFlight = new InFlightLimit(settings.http().maxInFlight());
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
        FlagFilter filter = FlagQuery.read(context.request().query());
        caller.deployed().uses().fetched();
        boolean gzip = Compression.isAccepted(context.request().headers());
        if (filter.equals(REMOTE) && isOfServer(context.request(), caller)) {
            answerWith(context, caller, caller.deployed().exact(), gzip);
            return;
        }
        ServedFlags all = caller.deployed().served();
        if (filter.isAll()) {
            answerWith(context, caller, all, gzip);
            return;
        }
        // A set that names keys is encoded for its request only; all others are cached and shared between requests.
        boolean shared = filter.keys().isEmpty();
        Reservation reservation = Reservation.ofAnswer(context.request());
        if (inFlight.isReached() || (!shared && !reservation.take(ENCODING_FACTOR * estimate(all)))) {
            Failures.answer(context, Failures.OVERLOADED);
            return;
        }
        prepare(context, () -> all.filtered(filter), gzip).onComplete(done -> {
            if (done.failed()) {
                reservation.release();
                context.fail(done.cause());
            } else if (shared) {
                answer(context, caller, done.result(), gzip, Sending.SHARED);
            } else {
                reservation.shrinkTo(2L * done.result().json().length());
                answer(context, caller, done.result(), gzip, new Sending.Own(reservation));
            }
        });
    }

    /** Whether the caller is a server in front of this one, which knows the secret key of the project. */
    private boolean isOfServer(HttpServerRequest request, Caller caller) {
        String header = request.getHeader(PROJECT_AUTHORIZATION);
        return header != null && caller.deployed().project().key().equals(projects.project(header));
    }

    /** Answers with a body that all requests share. */
    private void answerWith(RoutingContext context, Caller caller, FlagBody body, boolean gzip) {
        if (isReady(body, gzip)) {
            answer(context, caller, body, gzip, Sending.SHARED);
        } else if (inFlight.isReached()) {
            Failures.answer(context, Failures.OVERLOADED);
        } else {
            prepare(context, () -> body, gzip)
                    .onSuccess(prepared -> answer(context, caller, prepared, gzip, Sending.SHARED))
                    .onFailure(context::fail);
        }
    }

    private Future<FlagBody> prepare(RoutingContext context, Supplier<FlagBody> body, boolean gzip) {
        inFlight.begin();
        return context.vertx()
                .executeBlocking(() -> prepared(body.get(), gzip), false)
                .onComplete(done -> inFlight.end());
    }

    /** The maximum size of some flags of a set, in bytes, as far as known without encoding them. */
    private static long estimate(ServedFlags all) {
        return all.isEncoded() ? all.json().length() : UNKNOWN_BYTES;
    }

    private boolean isReady(FlagBody served, boolean gzip) {
        return served.isEncoded() && (!gzip || served.isCompressed() || !isWorthCompressing(served));
    }

    /** Encodes and compresses on a worker: thousands of flags are megabytes. */
    private FlagBody prepared(FlagBody served, boolean gzip) {
        if (gzip && isWorthCompressing(served)) {
            served.gzip();
        }
        served.hash();
        return served;
    }

    private boolean isWorthCompressing(FlagBody served) {
        return served.json().length() >= compressFrom;
    }

    private void answer(RoutingContext context, Caller caller, FlagBody served, boolean acceptsGzip, Sending sending) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            sending.over();
            return;
        }
        boolean gzip = acceptsGzip && isWorthCompressing(served);
        String tag = '"' + Long.toHexString(served.hash()) + '"';
        // A strong tag promises the same bytes.
        response.putHeader(HttpHeaders.ETAG, gzip ? "W/" + tag : tag)
                .putHeader(HttpHeaders.VARY, VARY)
                .putHeader(HttpHeaders.CACHE_CONTROL, ResponseHeaders.NO_STORE)
                .putHeader(ResponseHeaders.REVISION, Long.toString(caller.revision()));
        if (EntityTag.isKnown(context.request().headers(), tag)) {
            sending.over();
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, ResponseHeaders.JSON);
        if (gzip) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, GZIP);
        }
        response.end(gzip ? served.gzip() : served.json()).onComplete(sent -> sending.over());
    }

    /** The memory that an answer is sent from. */
    private sealed interface Sending {
        Sending SHARED = new Shared();

        void over();

        /** Shared by all requests for the set. */
        record Shared() implements Sending {
            @Override
            public void over() {}
        }

        /** Of this request only, which counts against the memory account. */
        record Own(Reservation reservation) implements Sending {
            @Override
            public void over() {
                reservation.release();
            }
        }
    }
}
