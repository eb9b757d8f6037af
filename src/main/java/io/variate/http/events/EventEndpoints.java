package io.variate.http.events;

import io.variate.client.EventClient;
import io.variate.config.Settings;
import io.variate.rulesets.CurrentRuleset;
import io.variate.web.Endpoints;
import io.variate.web.Failures;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;

/**
 * Uploads of events, mostly by SDKs with local evaluation.
 *
 * <p>Source: Amplitude's HTTP V2 and Batch Event Upload APIs.
 */
public final class EventEndpoints implements Endpoints {
    /** Amplitude's own limit. */
    private static final int MOST_EVENTS = 2_000;

    /** Above any batch of real events within the size limit. */
    private static final int MOST_EVENTS_IN_A_BATCH = 100_000;

    private final CurrentRuleset current;
    private final EventClient client;
    private final Settings settings;
    private final EventReader reader;
    private final UploadAuthentication bodies;

    /**
     * Serves uploads.
     *
     * @param current where deployment keys are looked up
     * @param client records and forwards events
     */
    public EventEndpoints(CurrentRuleset current, EventClient client, Settings settings) {
        this.current = current;
        this.client = client;
        this.settings = settings;
        this.bodies = new UploadAuthentication(current, settings.project().apiKey());
        this.reader = new EventReader(settings, bodies);
    }

    @Override
    public void addTo(Router router) {
        addTo(router, "/2/httpapi", settings.http().maxBodySize(), MOST_EVENTS);
        addTo(router, "/batch", settings.events().maxBatchSize(), MOST_EVENTS_IN_A_BATCH);
    }

    private void addTo(Router router, String path, int mostBytes, int mostEvents) {
        router.route(HttpMethod.POST, path)
                .handler(bodies.upTo(mostBytes))
                .handler(new EventHandler(current, client, reader, mostEvents))
                .failureHandler(EventResponses::fail);
        router.route(path).handler(context -> Failures.refuseMethod(context, HttpMethod.POST));
    }
}
