package io.variate.upstream;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Reads the data of server-sent events. Comments, names and ids are ignored, as SDKs do. Used by one thread.
 *
 * <p>Source: the section on server-sent events of the HTML standard.
 */
final class EventReader implements Handler<Buffer> {
    private static final String DATA = "data:";

    private final int maxBytes;
    private final Consumer<String> events;
    private Buffer unread = Buffer.buffer();
    private int searched;
    private int dataBytes;
    private final StringBuilder data = new StringBuilder();

    /**
     * @param maxBytes bound of an event
     * @param events called with the data of each event
     */
    EventReader(int maxBytes, Consumer<String> events) {
        this.maxBytes = maxBytes;
        this.events = events;
    }

    /** Adds bytes. @throws UpstreamException if the event is too large */
    @Override
    public void handle(Buffer part) {
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
                data.setLength(0);
                data.trimToSize();
                dataBytes = 0;
                events.accept(event);
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
}
