package io.variate.json;

import org.jspecify.annotations.Nullable;

/**
 * Scans JSON text token by token, without tracking how tokens nest. Every method throws a {@link JsonException} if the
 * text does not contain the expected token. Single use, by one thread.
 */
public final class JsonScanner {

    private final String text;
    private int at;

    /** Creates a scanner at the start of a text. */
    public JsonScanner(String text) {
        this(text, 0);
    }

    /** Creates a scanner at an offset of a text. */
    JsonScanner(String text, int start) {
        this.text = text;
        this.at = start;
    }

    int offset() {
        return at;
    }

    /** Skips white space and returns the first character of the next token without consuming it. */
    public char peekToken() {
        skipSpace();
        return peek();
    }

    /** Consumes the peeked character. */
    void skip() {
        at++;
    }

    /** Consumes the comma after an element and returns true, or stops at the closing bracket and returns false. */
    boolean skipCommaBefore(char close) {
        char next = peekToken();
        if (next == ',') {
            at++;
            return true;
        }
        if (next != close) {
            throw failure(close == ']' ? "expected a comma or ]" : "expected a comma or }");
        }
        return false;
    }

    /** Reads the key of a member, which must start here. */
    String readKey() {
        requireKey();
        return readString();
    }

    void skipKey() {
        requireKey();
        skipString();
    }

    private void requireKey() {
        if (peek() != '"') {
            throw failure("expected a key in double quotes");
        }
    }

    /** Consumes the colon after a key. */
    public void skipColon() {
        if (peekToken() != ':') {
            throw failure("expected a colon after the key");
        }
        at++;
    }

    /** Skips white space and returns whether anything follows. */
    boolean hasNext() {
        skipSpace();
        return at < text.length();
    }

    /** Checks that only white space follows. */
    public void requireEnd() {
        if (hasNext()) {
            throw failure("unexpected text after the end of the document");
        }
    }

    /**
     * Reads a key like {@link #readKey()}, but returns the value that the index maps it to, without creating a string
     * for an unescaped key.
     */
    public <T> @Nullable T readKey(KeyIndex<T> from) {
        requireKey();
        int start = at + 1;
        int hash = 0;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                at = i + 1;
                return from.find(text, start, i, hash);
            }
            if (c == '\\' || c < ' ') {
                break;
            }
            hash = 31 * hash + c;
        }
        return from.find(readString());
    }

    /**
     * Skips the next value if it is written like another one, apart from white space between tokens. Costs a comparison of
     * characters, and no objects.
     *
     * @param compact an object or array without white space between tokens, as {@link Json#write} returns it
     * @return whether it was skipped
     */
    public boolean skipIfWrittenAs(String compact) {
        skipSpace();
        int end = text.startsWith(compact, at) ? at + compact.length() : endIfWrittenAs(compact);
        if (end < 0) {
            return false;
        }
        at = end;
        return true;
    }

    /** Returns the end of the value that starts here, or -1 if it is written in another way. */
    private int endIfWrittenAs(String compact) {
        int next = at;
        boolean inString = false;
        for (int i = 0; i < compact.length(); i++) {
            char c = compact.charAt(i);
            if (!inString && next < text.length() && isSpace(text.charAt(next))) {
                next = afterSpace(next);
                // White space inside a number or a literal would make another text, which is not JSON.
                if (!isStructural(c) && !isStructural(compact.charAt(Math.max(0, i - 1)))) {
                    return -1;
                }
            }
            if (next >= text.length() || text.charAt(next) != c) {
                return -1;
            }
            next++;
            if (c == '"') {
                inString = !inString;
            } else if (c == '\\' && inString) {
                i++;
                if (next >= text.length() || text.charAt(next) != compact.charAt(i)) {
                    return -1;
                }
                next++;
            }
        }
        return next;
    }

    private int afterSpace(int start) {
        int end = start;
        while (end < text.length() && isSpace(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isStructural(char c) {
        return c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',';
    }

    /** Skips a string from its opening quote. */
    void skipString() {
        at++;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return;
            }
            rejectControlCharacter(c);
            if (c == '\\') {
                readEscape();
            }
            at++;
        }
        throw failure("the text ends inside a string");
    }

    /** Reads a string from its opening quote. */
    String readString() {
        int start = ++at;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                return text.substring(start, at++);
            }
            if (c == '\\') {
                return readEscapedString(start);
            }
            rejectControlCharacter(c);
            at++;
        }
        throw failure("the text ends inside a string");
    }

    private String readEscapedString(int start) {
        StringBuilder out = new StringBuilder(at - start + 16).append(text, start, at);
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return out.toString();
            }
            rejectControlCharacter(c);
            out.append(c == '\\' ? readEscape() : c);
            at++;
        }
        throw failure("the text ends inside a string");
    }

    private void rejectControlCharacter(char c) {
        if (c < ' ') {
            throw failure("a control character in a string must be escaped");
        }
    }

    /** Reads an escape sequence from its backslash and stops at its last character. */
    private char readEscape() {
        at++;
        char c = peek();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> readUnicodeEscape();
            default -> throw failure("unknown escape sequence");
        };
    }

    private char readUnicodeEscape() {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            at++;
            char c = peek();
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw failure("expected four hexadecimal digits");
            }
            unit = unit << 4 | digit;
        }
        return (char) unit;
    }

    /** Reads {@code true}, {@code false} or {@code null}, and returns the given value. */
    @Nullable
    Object readLiteral(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw failure("expected a value");
        }
        at += word.length();
        return value;
    }

    /** Reads a number where a value must start. */
    Number readNumber() {
        int start = at;
        skipInteger();
        int digitsEnd = at;
        skipFraction();
        int fractionEnd = at;
        skipExponent();
        if (fractionEnd > digitsEnd) {
            return JsonNumber.fractional(text, start, at);
        }
        return JsonNumber.integral(text, start, digitsEnd, fractionEnd, at);
    }

    /** Reads a number like {@link #readNumber} and keeps its text. */
    Number readExactNumber() {
        int start = at;
        Number value = readNumber();
        return WrittenNumber.of(text.substring(start, at), value);
    }

    /** Skips a number where a value must start. */
    void skipNumber() {
        skipInteger();
        skipFraction();
        skipExponent();
    }

    private void skipInteger() {
        if (isAt('-')) {
            at++;
        } else if (!isDigit(peek())) {
            throw failure("expected a value");
        }
        skipIntegerDigits();
    }

    private void skipFraction() {
        if (isAt('.')) {
            at++;
            skipDigits();
        }
    }

    private void skipIntegerDigits() {
        int start = at;
        skipDigits();
        if (text.charAt(start) == '0' && at > start + 1) {
            at = start;
            throw failure("a number must not have leading zeros");
        }
    }

    private void skipExponent() {
        if (isAt('e') || isAt('E')) {
            at++;
            if (isAt('+') || isAt('-')) {
                at++;
            }
            skipDigits();
        }
    }

    private void skipDigits() {
        if (!isDigit(peek())) {
            throw failure("expected a digit");
        }
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
    }

    private boolean isAt(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void skipSpace() {
        at = afterSpace(at);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private char peek() {
        if (at >= text.length()) {
            throw failure("unexpected end of the text");
        }
        return text.charAt(at);
    }

    JsonException failure(String message) {
        return new JsonException(message, text, at);
    }

    /** A failure at an offset. */
    public JsonException failureAt(int offset, String message) {
        return new JsonException(message, text, offset);
    }

    /** A failure at an earlier offset whose path is the current one. */
    JsonException failureSince(int start, String message) {
        return new JsonException(message, text, start, at);
    }
}
