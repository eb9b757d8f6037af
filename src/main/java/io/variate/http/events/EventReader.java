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

/** Reads an upload into events to record and events to forward. Thread-safe; slow for large bodies, so not for event loops. */
final class EventReader {
    private final UploadAuthentication keys;
    private final boolean forwards;
    private final String zone;
    private final String node;

    EventReader(Settings settings, UploadAuthentication keys) {
        this.keys = keys;
        this.forwards = settings.acceptsOtherEvents();
        this.zone = settings.node().zone();
        this.node = settings.node().id();
    }

    /** The events of an upload, valid and rejected. */
    record Reading(
            List<ReceivedEvents.Event> recorded, List<AssignmentBatch.Event> forwarded, RejectedEvents rejected) {
        /** How many events are valid. */
        int size() {
            return recorded.size() + forwarded.size();
        }
    }

    /**
     * Reads an upload.
     *
     * @param most events in an upload
     * @param time now, in milliseconds since 1970 UTC
     * @throws InvalidRequestException if the upload is rejected as a whole
     */
    Reading read(String text, int most, long time) {
        EventUpload upload = EventUpload.read(text, most);
        Sender sender = keys.senderOf(upload.apiKey());
        if (sender == null) {
            throw new InvalidRequestException(EventResponses.UNKNOWN_KEY);
        }
        Reading reading = new Reading(new ArrayList<>(), new ArrayList<>(), new RejectedEvents());
        List<JsonSlice> events = upload.events();
        for (int index = 0; index < events.size(); index++) {
            read(events.get(index), index, upload.minIdLength(), sender, time, reading);
        }
        return reading;
    }

    private void read(JsonSlice slice, int index, int minIdLength, Sender sender, long time, Reading into) {
        UploadedEvent sent = UploadedEvent.read(slice, index, minIdLength, into.rejected());
        if (sent == null) {
            return;
        }
        UploadedEvent event = sender.withoutOtherProject(sent);
        if (event.isAssignmentOrExposure()) {
            EventJson text = text(event, index, into.rejected());
            if (text != null) {
                into.recorded().add(recorded(event, sender, text, time));
            }
        } else if (forwards) {
            String text = sender.addTo(new EventJson().addAll(event.members())).toString();
            into.forwarded().add(new AssignmentBatch.Event(Buffer.buffer(event.key()), Buffer.buffer(text)));
        } else {
            into.rejected().addUnsupported(event.type(), index);
        }
    }

    private static @Nullable EventJson text(UploadedEvent event, int index, RejectedEvents rejected) {
        if (!event.isClientExposure()) {
            return new EventJson().addAll(event.members());
        }
        ClientExposure exposure = ClientExposure.read(event, index, rejected);
        return exposure == null ? null : exposure.renamed();
    }

    /** Adds the project of the sender; and zone, node and time of arrival, unless the event has its own. */
    private ReceivedEvents.Event recorded(UploadedEvent event, Sender sender, EventJson text, long time) {
        sender.addTo(text);
        putIfAbsent(event, text, "zone", zone);
        putIfAbsent(event, text, "node", node);
        putIfAbsent(event, text, "received_time", time);
        return new ReceivedEvents.Event(
                Buffer.buffer(event.key()), Buffer.buffer(sender.identity(event)), Buffer.buffer(text.toString()));
    }

    private static void putIfAbsent(UploadedEvent event, EventJson text, String name, Object value) {
        if (!event.has(name)) {
            text.put(name, value);
        }
    }
}
