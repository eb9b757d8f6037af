package io.variate.assignments.delivery;

import io.variate.assignments.amplitude.AmplitudeClient;
import io.variate.assignments.amplitude.EventUploader;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Delivers events to Amplitude: see {@link EventUploader}. Futures complete in any order, because events of a throttled user
 * do not delay those of others.
 */
final class AmplitudeSink implements EventSink {
    private final EventUploader uploader;

    AmplitudeSink(Vertx vertx, AmplitudeClient client) {
        this.uploader = new EventUploader(vertx, client);
    }

    @Override
    public String name() {
        return "Amplitude";
    }

    /** Amplitude has no request without events, so an empty list completes at once. */
    @Override
    public Future<Delivery> deliver(List<? extends Event> events) {
        return uploader.upload(events.stream().map(Event::value).toList())
                .map(outcome -> new Delivery(outcome.delivered(), outcome.rejected()));
    }

    @Override
    public boolean isFull() {
        return uploader.isFull();
    }

    @Override
    public @Nullable Throwable trouble() {
        String trouble = uploader.trouble();
        return trouble == null ? null : new IllegalStateException(trouble);
    }

    @Override
    public Future<Void> close() {
        uploader.close();
        return Future.succeededFuture();
    }
}
