package io.variate.http.events;

import io.variate.bus.AssignmentBatch;
import io.variate.bus.ReceivedEvents;
import io.variate.client.EventClient;
import io.variate.http.events.EventReader.Reading;
import io.variate.rulesets.CurrentRuleset;
import io.variate.web.ApiError;
import io.variate.web.InvalidRequestException;
import io.variate.web.ReceivedBody;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Accepts uploads: records or forwards their events, and answers only then.
 *
 * <p>Valid events are accepted even if others of the upload are rejected. Clients drop the events that the answer names,
 * and some drop all. Clients that send the rest again send copies, which are recognized by their {@code insert_id}.
 */
final class EventHandler implements Handler<RoutingContext> {
    /** In a message between nodes: larger messages would delay others. */
    private static final int BATCH_BYTES = 1 << 20;

    private static final int BATCH_EVENTS = 500;
    private static final ApiError TOO_LARGE = new ApiError(
            413,
            "event_too_large",
            "the destination rejects an event permanently, for instance as too large",
            "events");

    private final CurrentRuleset current;
    private final EventClient client;
    private final EventReader reader;
    private final int mostEvents;

    EventHandler(CurrentRuleset current, EventClient client, EventReader reader, int mostEvents) {
        this.current = current;
        this.client = client;
        this.reader = reader;
        this.mostEvents = mostEvents;
    }

    @Override
    public void handle(RoutingContext context) {
        if (current.get() == null) {
            context.fail(new InvalidRequestException(new ApiError(503, "not_ready", "this node has no ruleset yet")));
            return;
        }
        ReceivedBody body = ReceivedBody.of(context);
        long time = System.currentTimeMillis();
        context.vertx()
                .executeBlocking(() -> reader.read(body.text(), mostEvents, time), false)
                .compose(reading -> accept(reading).onSuccess(accepted -> answer(context, body, reading, time)))
                .onFailure(context::fail);
    }

    private Future<?> accept(Reading reading) {
        Future<Integer> tooLarge = Future.succeededFuture(0);
        for (List<ReceivedEvents.Event> batch :
                batches(reading.recorded(), event -> event.value().length())) {
            tooLarge = tooLarge.compose(
                    done -> client.record(new ReceivedEvents(batch)).map(0));
        }
        for (List<AssignmentBatch.Event> batch :
                batches(reading.forwarded(), event -> event.value().length())) {
            tooLarge = tooLarge.compose(
                    sum -> client.forward(new AssignmentBatch(batch)).map(more -> sum + more));
        }
        return tooLarge.compose(count ->
                count == 0 ? Future.succeededFuture() : Future.failedFuture(new InvalidRequestException(TOO_LARGE)));
    }

    private static <T> List<List<T>> batches(List<T> events, ToIntFunction<T> bytes) {
        List<List<T>> batches = new ArrayList<>();
        int from = 0;
        long sum = 0;
        for (int i = 0; i < events.size(); i++) {
            sum += bytes.applyAsInt(events.get(i));
            if (sum >= BATCH_BYTES || i + 1 - from == BATCH_EVENTS || i + 1 == events.size()) {
                batches.add(events.subList(from, i + 1));
                from = i + 1;
                sum = 0;
            }
        }
        return batches;
    }

    private static void answer(RoutingContext context, ReceivedBody body, Reading reading, long time) {
        if (reading.rejected().isEmpty()) {
            EventResponses.confirm(context, reading.size(), body.size(), time);
        } else {
            EventResponses.reject(
                    context,
                    reading.rejected().error(),
                    reading.rejected().members().put("events_ingested", reading.size()));
        }
    }
}
