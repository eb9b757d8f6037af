package io.variate.web.decoding;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Parses the framing of a chunked body: sizes, extensions and trailers. Extensions and trailers are validated and ignored.
 *
 * <p>Source: RFC 9112, section 7.1, strictly: white space after a size is allowed only before an extension.
 */
final class Chunks {
    private static final String PATH = "body";

    /** Limit for all extensions of one body; only attackers send more. */
    private static final int MOST_EXTENSION_BYTES = 16_384;

    private static final int MOST_DIGITS = 16;
    private static final int RADIX_BITS = 4;

    private final int mostTrailerBytes;
    private final HeadScan trailerScan = new HeadScan();
    private Place place = Place.SIZE;
    private long left;
    private int digits;
    private int extensionBytes;
    private int trailerBytes;
    private int trailerLine;
    private boolean nameEnded;

    private enum Place {
        SIZE,
        BEFORE_EXTENSION,
        EXTENSION_NAME_BEGIN,
        EXTENSION_NAME,
        AFTER_NAME,
        VALUE_BEGIN,
        TOKEN,
        QUOTED,
        QUOTED_PAIR,
        AFTER_VALUE,
        SIZE_LINE_FEED,
        DATA,
        DATA_RETURN,
        DATA_LINE_FEED,
        TRAILERS,
        COMPLETE
    }

    Chunks(int mostTrailerBytes) {
        this.mostTrailerBytes = mostTrailerBytes;
    }

    /** Starts the next body. */
    void begin() {
        place = Place.SIZE;
        left = 0;
        digits = 0;
        extensionBytes = 0;
        trailerBytes = 0;
        trailerLine = 0;
        nameEnded = false;
        trailerScan.beginTrailers();
    }

    /** Whether the body is complete. */
    boolean areComplete() {
        return place == Place.COMPLETE;
    }

    /**
     * Reads framing up to the next bytes of content.
     *
     * @return how many of the readable bytes are content; 0 if more input is needed, or the body is complete
     * @throws UnacceptableRequestException if the framing is malformed
     */
    int read(ByteBuf in) {
        while (in.isReadable() && place != Place.DATA && place != Place.COMPLETE) {
            accept(in.readByte());
        }
        return place == Place.DATA ? (int) Math.min(left, in.readableBytes()) : 0;
    }

    /** The caller has consumed bytes of content. */
    void consumed(int bytes) {
        left -= bytes;
        if (left == 0) {
            place = Place.DATA_RETURN;
        }
    }

    private void accept(byte value) {
        switch (place) {
            case SIZE -> readSize(value);
            case SIZE_LINE_FEED -> endSize(value);
            case DATA_RETURN -> place = expect('\r', value, Place.DATA_LINE_FEED);
            case DATA_LINE_FEED -> place = beginSize(expect('\n', value, Place.SIZE));
            case TRAILERS -> readTrailer(value);
            default -> readExtension(value);
        }
    }

    private Place beginSize(Place size) {
        digits = 0;
        left = 0;
        return size;
    }

    private void readSize(byte value) {
        int digit = Character.digit(value, 16);
        if (digit >= 0) {
            if (++digits > MOST_DIGITS || left >> (Long.SIZE - RADIX_BITS - 1) != 0) {
                throw new UnacceptableRequestException(
                        "the size of a chunk must have at most 16 hexadecimal digits and fit into 63 bits", PATH);
            }
            left = (left << RADIX_BITS) + digit;
        } else if (digits == 0) {
            throw new UnacceptableRequestException("a chunk must start with its size in hexadecimal digits", PATH);
        } else if (value == '\r') {
            place = Place.SIZE_LINE_FEED;
        } else if (value == ';') {
            place = Place.EXTENSION_NAME_BEGIN;
        } else if (isBlank(value)) {
            place = Place.BEFORE_EXTENSION;
        } else {
            throw new UnacceptableRequestException("the size of a chunk must be hexadecimal digits", PATH);
        }
    }

    private void endSize(byte value) {
        place = expect('\n', value, left == 0 ? Place.TRAILERS : Place.DATA);
    }

    private void readExtension(byte value) {
        if (++extensionBytes > MOST_EXTENSION_BYTES) {
            throw new UnacceptableRequestException(
                    "chunk extensions must not exceed " + MOST_EXTENSION_BYTES + " bytes", PATH);
        }
        Place next =
                switch (place) {
                    case BEFORE_EXTENSION -> isBlank(value) ? place : next(value, ';', Place.EXTENSION_NAME_BEGIN);
                    case EXTENSION_NAME_BEGIN ->
                        isBlank(value) ? place : HeaderText.isToken(value) ? Place.EXTENSION_NAME : null;
                    case EXTENSION_NAME -> HeaderText.isToken(value) ? place : afterName(value);
                    case AFTER_NAME -> afterName(value);
                    case VALUE_BEGIN -> valueBegin(value);
                    case TOKEN -> HeaderText.isToken(value) ? place : afterValue(value);
                    case QUOTED -> quoted(value);
                    case QUOTED_PAIR -> isText(value) ? Place.QUOTED : null;
                    case AFTER_VALUE -> afterValue(value);
                    default -> null;
                };
        if (next == null) {
            throw new UnacceptableRequestException("a chunk extension is malformed", PATH);
        }
        place = next;
    }

    private static @Nullable Place next(byte value, char expected, Place then) {
        return value == expected ? then : null;
    }

    private static @Nullable Place afterName(byte value) {
        if (value == '=') {
            return Place.VALUE_BEGIN;
        }
        return isBlank(value) ? Place.AFTER_NAME : endOrNext(value);
    }

    private static @Nullable Place valueBegin(byte value) {
        if (value == '"') {
            return Place.QUOTED;
        }
        if (isBlank(value)) {
            return Place.VALUE_BEGIN;
        }
        return HeaderText.isToken(value) ? Place.TOKEN : null;
    }

    private static @Nullable Place quoted(byte value) {
        if (value == '"') {
            return Place.AFTER_VALUE;
        }
        if (value == '\\') {
            return Place.QUOTED_PAIR;
        }
        return isText(value) ? Place.QUOTED : null;
    }

    private static @Nullable Place afterValue(byte value) {
        return isBlank(value) ? Place.AFTER_VALUE : endOrNext(value);
    }

    private static @Nullable Place endOrNext(byte value) {
        if (value == '\r') {
            return Place.SIZE_LINE_FEED;
        }
        return value == ';' ? Place.EXTENSION_NAME_BEGIN : null;
    }

    private void readTrailer(byte value) {
        if (++trailerBytes > mostTrailerBytes) {
            throw new UnacceptableRequestException(
                    "the trailers must not exceed " + mostTrailerBytes + " bytes", "headers");
        }
        trailerScan.process(value);
        String problem = trailerScan.problem();
        if (problem != null) {
            throw new UnacceptableRequestException(problem, "headers");
        }
        if (value == '\n') {
            endTrailer();
        } else if (value != '\r') {
            readTrailerName(value);
        }
    }

    private void readTrailerName(byte value) {
        if (!nameEnded) {
            nameEnded = value == ':' && trailerLine > 0;
            if (!nameEnded && !HeaderText.isToken(value)) {
                throw new UnacceptableRequestException("a trailer must have a name, a colon and a value", "headers");
            }
        }
        trailerLine++;
    }

    private void endTrailer() {
        if (trailerLine == 0) {
            place = Place.COMPLETE;
        } else if (!nameEnded) {
            throw new UnacceptableRequestException("a trailer must have a name, a colon and a value", "headers");
        }
        trailerLine = 0;
        nameEnded = false;
    }

    private static Place expect(char expected, byte value, Place then) {
        if (value != expected) {
            throw new UnacceptableRequestException("a chunk and its size must each end with CRLF", PATH);
        }
        return then;
    }

    private static boolean isText(byte value) {
        return value == '\t' || !HeaderText.isControl(value);
    }

    private static boolean isBlank(byte value) {
        return value == ' ' || value == '\t';
    }
}
