package io.variate.upstream;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Reads the data of server-sent events. Comments, names and ids are ignored, as SDKs do. Used by one thread.
 *
 * <p>Source: the section on server-sent events of the HTML standard.
 */
final class EventReader implements Handler<Buffer>, AutoCloseable {
    private static final String DATA = "data:";

    private final BodyBudget budget;
    private final int maxBytes;
    private final Consumer<StreamEvent> events;
    private final BodyBudget.Reservation held;
    private Buffer unread = Buffer.buffer();
    private int searched;
    private int dataBytes;
    private final StringBuilder data = new StringBuilder();

    /**
     * @param budget has the bound of an event
     * @param events called with each event, which it closes
     */
    EventReader(BodyBudget budget, Consumer<StreamEvent> events) {
        this.budget = budget;
        this.maxBytes = budget.maxBodyBytes();
        this.events = events;
        this.held = budget.open();
    }

    /** Adds bytes. @throws UpstreamException if the event is too large, or the budget is spent */
    @Override
    public void handle(Buffer part) {
        held.resize(unread.length() + part.length() + (long) dataBytes);
        unread.appendBuffer(part);
        int start = 0;
        for (int at = searched; at < unread.length(); at++) {
            if (unread.getByte(at) == '\n') {
                line(unread.getString(start, at));
                start = at + 1;
            }
        }
        if (start > 0) {
            unread = unread.getBuffer(start, unread.length());
        }
        searched = unread.length();
        held.resize(searched + (long) dataBytes);
        if (searched + (long) dataBytes > maxBytes) {
            throw new UpstreamException(
                    UpstreamException.Kind.TOO_LARGE, "the upstream sent an event of more than " + maxBytes + " bytes");
        }
    }

    private void line(String text) {
        String line = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        if (line.isEmpty()) {
            if (dataBytes > 0) {
                String event = data.toString();
                int bytes = dataBytes;
                data.setLength(0);
                data.trimToSize();
                dataBytes = 0;
                held.resize(unread.length());
                BodyBudget.Reservation ofEvent = budget.open();
                ofEvent.resize(bytes);
                events.accept(new StreamEvent(event, ofEvent));
            }
        } else if (line.startsWith(DATA)) {
            String value = line.substring(DATA.length());
            if (dataBytes > 0) {
                data.append('\n');
            }
            data.append(value, value.startsWith(" ") ? 1 : 0, value.length());
            dataBytes += text.length() + 1;
        }
    }

    /** Gives up the event that is not complete. */
    @Override
    public void close() {
        held.close();
    }
}
