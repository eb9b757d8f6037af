package io.variate.http.events;

import io.variate.bus.AssignmentBatch;
import io.variate.bus.ReceivedEvents;
import io.variate.config.Settings;
import io.variate.json.JsonSlice;
import io.variate.web.InvalidRequestException;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes of a body what is to be recorded, and what is to be forwarded. Thread-safe; takes time with large bodies. */
final class EventReader {
    private final EventBody senders;
    private final boolean forwards;
    private final String zone;
    private final String node;

    EventReader(Settings settings, EventBody senders) {
        this.senders = senders;
        this.forwards = settings.events().forwardTopic() != null;
        this.zone = settings.node().zone();
        this.node = settings.node().id();
    }

    /** What a request asks for. */
    record Reading(List<ReceivedEvents.Event> recorded, List<AssignmentBatch.Event> forwarded, Refusals refusals) {
        /** How many events are taken. */
        int size() {
            return recorded.size() + forwarded.size();
        }
    }

    /**
     * Reads events.
     *
     * @param most events in a request
     * @param time milliseconds since 1970 UTC, now
     * @throws InvalidRequestException if none of them can be taken
     */
    Reading read(String text, int most, long time) {
        EventUpload upload = EventUpload.read(text, most);
        if (!senders.isKnown(upload.apiKey())) {
            throw new InvalidRequestException(EventAnswers.UNKNOWN_KEY);
        }
        Reading reading = new Reading(new ArrayList<>(), new ArrayList<>(), new Refusals());
        List<JsonSlice> events = upload.events();
        for (int index = 0; index < events.size(); index++) {
            read(events.get(index), index, upload.shortestId(), time, reading);
        }
        return reading;
    }

    private void read(JsonSlice slice, int index, int shortestId, long time, Reading into) {
        UploadedEvent event = UploadedEvent.read(slice, index, shortestId, into.refusals());
        if (event == null) {
            return;
        }
        if (event.isAssignmentOrExposure()) {
            EventText text = text(event, index, into.refusals());
            if (text != null) {
                into.recorded().add(recorded(event, text, time));
            }
        } else if (forwards) {
            String text = new EventText().addAll(event.members()).toString();
            into.forwarded().add(new AssignmentBatch.Event(Buffer.buffer(event.key()), Buffer.buffer(text)));
        } else {
            into.refusals().unwanted(event.type(), index);
        }
    }

    private static @Nullable EventText text(UploadedEvent event, int index, Refusals refusals) {
        if (!event.isClientExposure()) {
            return new EventText().addAll(event.members());
        }
        ClientExposure exposure = ClientExposure.read(event, index, refusals);
        return exposure == null ? null : exposure.renamed();
    }

    /** With where and when it came, as far as it does not say so. */
    private ReceivedEvents.Event recorded(UploadedEvent event, EventText text, long time) {
        putIfAbsent(event, text, "zone", zone);
        putIfAbsent(event, text, "node", node);
        putIfAbsent(event, text, "received_time", time);
        return new ReceivedEvents.Event(
                Buffer.buffer(event.key()), Buffer.buffer(event.identity()), Buffer.buffer(text.toString()));
    }

    private static void putIfAbsent(UploadedEvent event, EventText text, String name, Object value) {
        if (!event.has(name)) {
            text.put(name, value);
        }
    }
}
