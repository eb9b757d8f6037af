package io.variate.commandline;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads a stream line by line, as bytes, and notifies a listener before it blocks. Single-threaded. */
final class LineReader {
    private static final int INPUT_BUFFER = 1 << 16;
    private static final String BYTE_ORDER_MARK = "\ufeff";

    /** Called before a read that may block. */
    interface BeforeBlocking {
        void run() throws IOException;
    }

    private final InputStream in;
    private final BeforeBlocking beforeBlocking;
    private final int maxLength;
    private final byte[] buffer = new byte[INPUT_BUFFER];
    private int at;
    private int end;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean tooLong;
    private boolean blank;
    private boolean begun;
    private boolean first;

    /** @param maxLength in bytes; a longer line is truncated, and {@link #text} rejects it */
    LineReader(InputStream in, BeforeBlocking beforeBlocking, int maxLength) {
        this.in = in;
        this.beforeBlocking = beforeBlocking;
        this.maxLength = maxLength;
    }

    /** Moves to the next line; false at the end of the stream. The last line need not end in a line feed. */
    boolean advance() throws IOException {
        first = !begun;
        begun = true;
        line.reset();
        tooLong = false;
        blank = true;
        while (at < end || fill()) {
            int start = at;
            while (at < end && buffer[at] != '\n') {
                blank &= isSpace(buffer[at++]);
            }
            keep(start, at);
            if (at < end) {
                at++;
                return true;
            }
        }
        return line.size() > 0;
    }

    private void keep(int from, int to) {
        int length = Math.min(to - from, maxLength - line.size());
        line.write(buffer, from, length);
        tooLong |= length < to - from;
    }

    private boolean fill() throws IOException {
        if (in.available() == 0) {
            beforeBlocking.run();
        }
        at = 0;
        end = Math.max(0, in.read(buffer));
        return end > 0;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }

    /** Whether the line contains only white space. */
    boolean isBlank() {
        return blank;
    }

    /** The current line. @throws RejectedLineException if it is too long or not UTF-8 */
    String text() {
        if (tooLong) {
            throw new RejectedLineException(
                    "line_too_long",
                    "the line is longer than " + maxLength + " bytes; a larger heap (-Xmx) allows longer lines");
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line.toByteArray()))
                    .toString();
            return first && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new RejectedLineException("invalid_encoding", "the line is not valid UTF-8");
        }
    }
}
