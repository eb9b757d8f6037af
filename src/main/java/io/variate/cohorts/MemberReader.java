package io.variate.cohorts;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ids of a cohort one by one. Accepts three forms: newline-delimited JSON strings, an array of strings, or an
 * object with {@code memberIds} and an optional {@code groupType}, such as a downloaded cohort. Blocks; used by one
 * thread; holds one id in memory.
 */
final class MemberReader implements Closeable {
    private static final int MAX_ID_CHARS = 1_024;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(MAX_ID_CHARS)
                    .build())
            .build();

    /** Fields of a download that an upload may contain; they have no effect. */
    private static final Set<String> IGNORED =
            Set.of("cohortId", "groupTypeId", "lastComputed", "lastModified", "size");

    private final JsonParser parser;
    private final Chars id = new Chars();
    private final boolean ignoresUnknownFields;
    private State state = State.START;
    private @Nullable String cohortId;
    private @Nullable String groupType;
    private long lastModified;

    private enum State {
        START,
        LINES,
        ARRAY,
        MEMBERS,
        END
    }

    /** Reads an upload. Closes the stream when the reader is closed. */
    MemberReader(InputStream in) throws IOException {
        this(in, false);
    }

    /** @param ignoresUnknownFields whether the object may have fields that this version does not know */
    private MemberReader(InputStream in, boolean ignoresUnknownFields) throws IOException {
        this.parser = JSON.createParser(in);
        this.ignoresUnknownFields = ignoresUnknownFields;
    }

    /** Reads a download from a server of any version. Closes the stream when the reader is closed. */
    static MemberReader ofDownload(InputStream in) throws IOException {
        return new MemberReader(in, true);
    }

    /** Opens a reader on a body. */
    @FunctionalInterface
    interface Opening {
        MemberReader open(InputStream body) throws IOException;
    }

    /**
     * What a body states about its cohort besides the members.
     *
     * @param lastModified 0 if it is missing or no integer
     */
    record Stated(@Nullable String cohortId, @Nullable String groupType, long lastModified) {}

    /**
     * The next id.
     *
     * @return the id, valid until the next call; null after the last one
     * @throws InvalidCohortException if the input has none of the three forms
     */
    @Nullable
    CharSequence next() throws IOException {
        try {
            return advance();
        } catch (JacksonException e) {
            // The parser's message would repeat the input.
            throw invalid("invalid JSON, or a string of more than " + MAX_ID_CHARS + " characters");
        }
    }

    /** The other fields of the input. Complete only after all ids have been read. */
    Stated stated() {
        return new Stated(cohortId, groupType, lastModified);
    }

    private @Nullable CharSequence advance() throws IOException {
        if (state == State.END) {
            return null;
        }
        JsonToken token = parser.nextToken();
        return switch (state) {
            case START -> start(token);
            case LINES -> token == null ? end() : id(token);
            case ARRAY -> token == JsonToken.END_ARRAY ? endOfInput() : id(token);
            case MEMBERS -> token == JsonToken.END_ARRAY ? endOfObject() : id(token);
            case END -> null;
        };
    }

    private @Nullable CharSequence start(@Nullable JsonToken token) throws IOException {
        if (token == null) {
            throw InvalidCohortException.malformed("the body is empty; send [] for an empty cohort");
        }
        if (token == JsonToken.START_ARRAY) {
            state = State.ARRAY;
            return advance();
        }
        if (token == JsonToken.START_OBJECT) {
            if (!findMembers()) {
                throw invalid("memberIds is missing");
            }
            state = State.MEMBERS;
            return advance();
        }
        state = State.LINES;
        return id(token);
    }

    /** Advances to the first element of {@code memberIds}; false if the object ends before. */
    private boolean findMembers() throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("memberIds")) {
                if (value != JsonToken.START_ARRAY) {
                    throw invalid("memberIds must be an array of strings");
                }
                return true;
            }
            if (field.equals("groupType")) {
                if (value != JsonToken.VALUE_STRING || parser.getText().isEmpty()) {
                    throw invalid("groupType must be a non-empty string");
                }
                groupType = parser.getText();
            } else {
                readOther(field, value);
            }
        }
        return false;
    }

    private void readOther(String field, @Nullable JsonToken value) throws IOException {
        if (!ignoresUnknownFields && !IGNORED.contains(field)) {
            throw invalid("unknown field");
        }
        if (field.equals("cohortId") && value == JsonToken.VALUE_STRING) {
            cohortId = parser.getText();
        } else if (field.equals("lastModified")
                && value == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            lastModified = parser.getLongValue();
        } else {
            parser.skipChildren();
        }
    }

    private @Nullable CharSequence endOfObject() throws IOException {
        if (findMembers()) {
            throw invalid("memberIds must not be repeated");
        }
        return endOfInput();
    }

    private @Nullable CharSequence endOfInput() throws IOException {
        if (parser.nextToken() != null) {
            throw invalid("unexpected content after the end of the cohort");
        }
        return end();
    }

    private @Nullable CharSequence end() {
        state = State.END;
        return null;
    }

    private CharSequence id(@Nullable JsonToken token) throws IOException {
        int length = token == JsonToken.VALUE_STRING ? parser.getTextLength() : 0;
        if (length == 0 || length > MAX_ID_CHARS) {
            throw invalid("a member must be a JSON string of 1 to " + MAX_ID_CHARS + " characters");
        }
        id.set(parser.getTextCharacters(), parser.getTextOffset(), length);
        return id;
    }

    private InvalidCohortException invalid(String reason) {
        JsonLocation at = parser.currentLocation();
        return InvalidCohortException.malformed(
                "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": " + reason);
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }

    /** A view of the parser's buffer. */
    private static final class Chars implements CharSequence {
        private char[] chars = new char[0];
        private int offset;
        private int length;

        void set(char[] newChars, int newOffset, int newLength) {
            chars = newChars;
            offset = newOffset;
            length = newLength;
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public char charAt(int index) {
            return chars[offset + index];
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new String(chars, offset + start, end - start);
        }

        @Override
        public String toString() {
            return new String(chars, offset, length);
        }
    }
}
