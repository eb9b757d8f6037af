package io.variate.web.decoding;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import org.jspecify.annotations.Nullable;

/**
 * Validates the bytes of a request head, or of a trailer section, as they are consumed: lines end with CRLF, no line is
 * folded, no value contains a control character, and the request line has two single spaces.
 *
 * <p>Netty's decoder tolerates most violations, which a proxy in front may interpret differently. Source: RFC 9112,
 * sections 2.2, 3 and 5.
 */
final class HeadScan implements ByteProcessor {
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte SPACE = ' ';
    private static final byte TAB = '\t';

    private boolean requestLine = true;
    private boolean afterCarriageReturn;
    private int lineLength;
    private int spaces;
    private @Nullable String problem;

    /** Starts the next request. */
    void beginHead() {
        reset(true);
    }

    /** Starts a trailer section, which has no request line. */
    void beginTrailers() {
        reset(false);
    }

    private void reset(boolean withRequestLine) {
        requestLine = withRequestLine;
        afterCarriageReturn = false;
        lineLength = 0;
        spaces = 0;
        problem = null;
    }

    /** Validates consumed bytes. */
    void read(ByteBuf bytes, int from, int to) {
        if (problem == null && to > from) {
            bytes.forEachByte(from, to - from, this);
        }
    }

    /** The first violation; null if there is none. */
    @Nullable
    String problem() {
        return problem;
    }

    /** Whether nothing of the head has been read. */
    boolean isAtStart() {
        return requestLine && lineLength == 0 && !afterCarriageReturn && problem == null;
    }

    /** Whether the request line is malformed. */
    boolean isBrokenRequestLine() {
        return problem != null && requestLine;
    }

    @Override
    public boolean process(byte value) {
        if (afterCarriageReturn) {
            return endLine(value);
        }
        if (value == CR) {
            afterCarriageReturn = true;
            return true;
        }
        if (value == LF) {
            return reject("a line must end with CRLF, not LF alone");
        }
        if (lineLength == 0 && (value == SPACE || value == TAB)) {
            return reject(
                    requestLine
                            ? "the request line must not start with white space"
                            : "a header must be on one line: folded lines are not accepted");
        }
        lineLength++;
        if (requestLine) {
            return readRequestLine(value);
        }
        return value == TAB || !HeaderText.isControl(value) || reject("a header must not contain control characters");
    }

    private boolean readRequestLine(byte value) {
        if (HeaderText.isControl(value)) {
            return reject("the request line must not contain control characters");
        }
        if (value == SPACE && ++spaces > 2) {
            return reject("the request line must be a method, a target and a version, separated by single spaces");
        }
        return true;
    }

    private boolean endLine(byte value) {
        if (value != LF) {
            return reject("a carriage return must be followed by a line feed");
        }
        afterCarriageReturn = false;
        // A client may send an empty line after a body, before the next request (RFC 9112, 2.2).
        requestLine = requestLine && lineLength == 0;
        lineLength = 0;
        return true;
    }

    private boolean reject(String reason) {
        problem = reason;
        return false;
    }
}
