package io.variate.json;

import org.jspecify.annotations.Nullable;

/**
 * Moves through JSON text token by token, knowing what tokens look like but not how they nest. Every method throws a
 * {@link JsonException} if the text is not what the method asks for. Used once, by one thread.
 */
public final class JsonScanner {

    private final String text;
    private int at;

    public JsonScanner(String text) {
        this(text, 0);
    }

    /** Begins in the middle of a text. */
    public JsonScanner(String text, int start) {
        this.text = text;
        this.at = start;
    }

    int offset() {
        return at;
    }

    /** Skips white space, and answers the first character of the next token without passing it. */
    public char peekToken() {
        skipSpace();
        return peek();
    }

    /** Passes the character that was just peeked at. */
    void skip() {
        at++;
    }

    /** Stands after an element: passes a comma, or stops at the closing bracket and answers false. */
    boolean passCommaBefore(char close) {
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

    /** Reads the key of a member, standing where it must start. */
    String readKey() {
        requireKey();
        return readString();
    }

    void passKey() {
        requireKey();
        passString();
    }

    private void requireKey() {
        if (peek() != '"') {
            throw failure("expected a key in double quotes");
        }
    }

    public void passColon() {
        if (peekToken() != ':') {
            throw failure("expected a colon after the key");
        }
        at++;
    }

    public void requireEnd() {
        skipSpace();
        if (at < text.length()) {
            throw failure("there is more text after the end of the document");
        }
    }

    /** As {@link #readKey()}, but answers what the key leads to, and makes no text of a key that leads nowhere. */
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

    /** Passes a string, standing at its opening quote. */
    void passString() {
        at++;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return;
            }
            requirePrintable(c);
            if (c == '\\') {
                readEscape();
            }
            at++;
        }
        throw failure("the text ends inside a string");
    }

    /** Reads a string, standing at its opening quote. */
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
            requirePrintable(c);
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
            requirePrintable(c);
            out.append(c == '\\' ? readEscape() : c);
            at++;
        }
        throw failure("the text ends inside a string");
    }

    private void requirePrintable(char c) {
        if (c < ' ') {
            throw failure("a control character in a string must be escaped");
        }
    }

    /** Reads an escape from its backslash, and stops at its last character. */
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
            default -> throw failure("there is no such escape");
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

    /** Reads a literal that is a word, and answers what it stands for. */
    @Nullable
    Object readWord(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw failure("expected a value");
        }
        at += word.length();
        return value;
    }

    /** Reads a number, standing where a value must start. */
    Number readNumber() {
        int start = at;
        passInteger();
        int digitsEnd = at;
        passFraction();
        int fractionEnd = at;
        passExponent();
        if (fractionEnd > digitsEnd) {
            return JsonNumber.fractional(text, start, at);
        }
        return JsonNumber.integral(text, start, digitsEnd, fractionEnd, at);
    }

    /** As {@link #readNumber}, but the number remembers its text. */
    Number readWrittenNumber() {
        int start = at;
        Number value = readNumber();
        return WrittenNumber.of(text.substring(start, at), value);
    }

    /** Passes a number, standing where a value must start. */
    void passNumber() {
        passInteger();
        passFraction();
        passExponent();
    }

    private void passInteger() {
        if (isAt('-')) {
            at++;
        } else if (!isDigit(peek())) {
            throw failure("expected a value");
        }
        passWholeDigits();
    }

    private void passFraction() {
        if (isAt('.')) {
            at++;
            passDigits();
        }
    }

    private void passWholeDigits() {
        int start = at;
        passDigits();
        if (text.charAt(start) == '0' && at > start + 1) {
            at = start;
            throw failure("a number must not start with a superfluous zero");
        }
    }

    private void passExponent() {
        if (isAt('e') || isAt('E')) {
            at++;
            if (isAt('+') || isAt('-')) {
                at++;
            }
            passDigits();
        }
    }

    private void passDigits() {
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
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private char peek() {
        if (at >= text.length()) {
            throw failure("the text ends too early");
        }
        return text.charAt(at);
    }

    JsonException failure(String message) {
        return new JsonException(message, text, at);
    }

    public JsonException failureAt(int offset, String message) {
        return new JsonException(message, text, offset);
    }

    /** A failure at an earlier offset, about what has been read since. */
    JsonException failureSince(int start, String message) {
        return new JsonException(message, text, start, at);
    }
}
