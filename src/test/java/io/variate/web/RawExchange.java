package io.variate.web;

import io.variate.testing.RunningNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A line of {@code exchanges.txt}, which describes its columns.
 *
 * @param statuses expected statuses of the responses in order
 * @param headers expected headers of the last response
 */
record RawExchange(
        String section, boolean admin, List<Status> statuses, Fate fate, List<String> headers, String bytes) {
    /** The expected state of the connection after the exchange. */
    enum Fate {
        OPEN,
        CLOSE,
        HALF,
        ANY
    }

    /** @param head whether the request was HEAD */
    record Status(int code, boolean head) {
        static Status of(String text) {
            boolean head = text.endsWith("h");
            return new Status(Integer.parseInt(head ? text.substring(0, text.length() - 1) : text), head);
        }
    }

    /** All lines of the table. */
    static List<RawExchange> all() {
        List<RawExchange> all = new ArrayList<>();
        String section = "";
        boolean admin = false;
        for (String line : read().split("\n", -1)) {
            if (line.startsWith("@ ")) {
                admin = line.startsWith("@ admin ");
                section = line.substring(2);
            } else if (!line.startsWith("#") && !line.isBlank()) {
                all.add(parse(section, admin, line));
            }
        }
        return all;
    }

    private static RawExchange parse(String section, boolean admin, String line) {
        int bar = line.indexOf(" |");
        String expected = line.substring(0, bar);
        String bytes = line.length() > bar + 3 ? line.substring(bar + 3) : "";
        int bracket = expected.indexOf('[');
        List<String> headers =
                bracket < 0 ? List.of() : List.of(expected.substring(bracket + 1, expected.lastIndexOf(']')));
        String[] words = (bracket < 0 ? expected : expected.substring(0, bracket))
                .strip()
                .split(" ", -1);
        List<Status> statuses = words[0].equals("-")
                ? List.of()
                : List.of(words[0].split(",", -1)).stream().map(Status::of).toList();
        return new RawExchange(
                section, admin, statuses, Fate.valueOf(words[1].toUpperCase(java.util.Locale.ROOT)), headers, bytes);
    }

    /** The bytes to send, one character for each byte. */
    String toSend() {
        return unescape(bytes.replace("↵", "\r\n")
                .replace("{G}", "GET /v1/vardata?flag_keys=parent HTTP/1.1\r\n")
                .replace("{P}", "POST /sdk/v2/vardata HTTP/1.1\r\n")
                .replace("{H}", "Host: x\r\nAuthorization: Api-Key server-all\r\n")
                .replace("{A}", "Host: localhost\r\nAuthorization: Bearer " + RunningNode.TOKEN + "\r\n")
                .replace("{BIG}", "x".repeat(70_000)));
    }

    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            char escaped = text.charAt(i++);
            switch (escaped) {
                case 'r' -> plain.append('\r');
                case 'n' -> plain.append('\n');
                case 't' -> plain.append('\t');
                case '0' -> plain.append('\0');
                case 'x' -> {
                    plain.append((char) Integer.parseInt(text.substring(i, i + 2), 16));
                    i += 2;
                }
                default -> plain.append(escaped);
            }
        }
        return plain.toString();
    }

    private static String read() {
        try (InputStream in = Objects.requireNonNull(RawExchange.class.getResourceAsStream("/http/exchanges.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return section + ": " + bytes;
    }
}
