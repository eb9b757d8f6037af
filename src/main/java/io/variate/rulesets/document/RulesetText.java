package io.variate.rulesets.document;

import io.variate.json.Problem;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Decodes the text of ruleset documents as editors and tools write them: UTF-8, with or without a byte order mark. */
public final class RulesetText {
    private RulesetText() {}

    /**
     * Decodes a document and drops a byte order mark.
     *
     * @throws InvalidRulesetException if the document is empty or not UTF-8; the message states the position
     */
    public static String decode(byte[] bytes) {
        if (bytes.length == 0) {
            throw problem("is empty: must be a JSON object");
        }
        if (startsWith(bytes, 0xFF, 0xFE) || startsWith(bytes, 0xFE, 0xFF) || startsWith(bytes, 0, 0, 0xFE, 0xFF)) {
            throw problem("is UTF-16 or UTF-32 according to its byte order mark: must be UTF-8");
        }
        int start = startsWith(bytes, 0xEF, 0xBB, 0xBF) ? 3 : 0;
        CharBuffer text = CharBuffer.allocate(bytes.length - start);
        ByteBuffer encoded = ByteBuffer.wrap(bytes, start, bytes.length - start);
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(encoded, text, true);
        if (result.isError()) {
            throw problem(
                    "is not valid UTF-8 at byte " + encoded.position() + ", line " + line(bytes, encoded.position()));
        }
        return text.flip().toString();
    }

    /** The position of an offset in a text, such as {@code line 3, column 14}, both counted from 1. */
    static String position(String text, int offset) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < Math.min(offset, text.length()); i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return "line " + line + ", column " + (offset - lineStart + 1);
    }

    private static int line(byte[] bytes, int end) {
        int line = 1;
        for (int i = 0; i < end; i++) {
            if (bytes[i] == '\n') {
                line++;
            }
        }
        return line;
    }

    private static boolean startsWith(byte[] bytes, int... mark) {
        for (int i = 0; i < mark.length; i++) {
            if (i >= bytes.length || bytes[i] != (byte) mark[i]) {
                return false;
            }
        }
        return true;
    }

    private static InvalidRulesetException problem(String reason) {
        return new InvalidRulesetException(List.of(new Problem("$", reason)));
    }
}
