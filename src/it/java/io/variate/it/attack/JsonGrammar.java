package io.variate.it.attack;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Bodies of valid or almost valid JSON. Not thread-safe. */
final class JsonGrammar {
    private static final List<String> FIELDS = List.of(
            "user_id",
            "device_id",
            "country",
            "region",
            "city",
            "dma",
            "language",
            "platform",
            "version",
            "os",
            "device_manufacturer",
            "device_brand",
            "device_model",
            "carrier",
            "library",
            "user_properties",
            "groups",
            "group_properties",
            "cohort_ids",
            "group_cohort_ids",
            "targetingKey",
            "flag_keys",
            "context",
            "identity",
            "first_seen",
            "ip_address",
            "premium",
            "unknown",
            "");
    private static final List<String> NUMBERS = List.of(
            "0",
            "1",
            "-1",
            "-0",
            "0.1",
            "1.0",
            "1e3",
            "1E-3",
            "7.000",
            "1e999",
            "-1e999",
            "1e-9999",
            "9223372036854775807",
            "9223372036854775808",
            "123456789012345678901234567890",
            "0.1e-400",
            "1e2147483648",
            "1e-2147483649");
    private static final List<String> NO_NUMBERS =
            List.of("01", "+1", ".5", "1.", "1e", "0x10", "NaN", "Infinity", "-", "1_000", "١");
    private static final List<String> TEXTS = List.of(
            "\"\"",
            "\"user-1\"",
            "\"DE\"",
            "\"2.10.0\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\\u00e9\"",
            "\"\\\\\"",
            "\"\\n\\t\\\"\"",
            "\"é\"",
            "\"\uD83D\uDE00\"",
            "\"true\"",
            "\"1.0\"",
            "\"[1]\"",
            "\"a,b\"");
    private static final List<String> NO_TEXTS =
            List.of("\"\\x\"", "\"\\u12\"", "\"", "'a'", "\"\t\"", "\"\n\"", "\"\0\"", "\"\\\"");

    private final Random random;

    JsonGrammar(Random random) {
        this.random = random;
    }

    /** A random element. */
    <T> T any(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }

    /** The body of a request to a path, before {@link #spoilt}. */
    String body(String path) {
        if (path.equals("/batch") || path.equals("/2/httpapi")) {
            return events();
        }
        if (path.contains("ofrep")) {
            return random.nextInt(8) == 0 ? value(3) : """
                        {"context":%s}""".formatted(user());
        }
        if (path.equals("/v1/simulate")) {
            return simulation();
        }
        if (path.contains("cohorts")) {
            return cohort();
        }
        return user();
    }

    String user() {
        StringBuilder user = new StringBuilder("{");
        int fields = random.nextInt(7);
        for (int i = 0; i < fields; i++) {
            String name = any(FIELDS);
            user.append(i == 0 ? "" : ",")
                    .append('"')
                    .append(name)
                    .append("\":")
                    .append(member(name));
        }
        return user.append('}').toString();
    }

    private String member(String name) {
        if (random.nextInt(6) == 0) {
            return value(3);
        }
        return switch (name) {
            case "user_properties", "context" -> """
                        {"premium":%s,"plan":%s}""".formatted(value(1), any(TEXTS));
            case "groups" -> """
                        {"org":[%s]}""".formatted(any(TEXTS));
            case "group_properties", "group_cohort_ids" -> """
                        {"org":{"acme":%s}}""".formatted(value(2));
            case "cohort_ids", "flag_keys" -> "[" + any(TEXTS) + "," + any(TEXTS) + "]";
            default -> any(TEXTS);
        };
    }

    private String value(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> "null";
            case 1 -> "true";
            case 2 -> any(NUMBERS);
            case 3, 4 -> any(TEXTS);
            case 5 -> random.nextInt(10) == 0 ? any(NO_NUMBERS) : any(NUMBERS);
            case 6 -> "[" + value(depth - 1) + "," + value(depth - 1) + "]";
            case 7 -> "{" + any(TEXTS) + ":" + value(depth - 1) + "," + any(TEXTS) + ":" + value(depth - 1) + "}";
            default -> random.nextInt(20) == 0 ? any(NO_TEXTS) : "{}";
        };
    }

    private String events() {
        String key = random.nextInt(8) == 0 ? any(TEXTS) : quoted(FuzzGrammar.SERVER_KEY);
        StringBuilder events = new StringBuilder();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            events.append(i == 0 ? "" : ",").append(event());
        }
        String options = random.nextInt(6) == 0 ? """
                        ,"options":{"min_id_length":%s}""".formatted(value(1)) : "";
        return """
                {"api_key":%s,"events":[%s]%s}""".formatted(key, events, options);
    }

    private String event() {
        if (random.nextInt(12) == 0) {
            return value(2);
        }
        String type = any(List.of("[Experiment] Exposure", "[Experiment] Assignment", "$exposure", "click", ""));
        return """
                {"event_type":"%s","user_id":%s,"insert_id":%s,"time":%s,\
                "event_properties":{"flag_key":%s,"variant":%s},"user_properties":%s}""".formatted(
                        type,
                        any(TEXTS),
                        random.nextInt(3) == 0 ? any(TEXTS) : quoted(String.valueOf(random.nextInt(1000))),
                        any(NUMBERS),
                        value(1),
                        value(1),
                        value(2));
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private String simulation() {
        String users = random.nextBoolean()
                ? """
                        "user_ids":[%s,%s]""".formatted(any(TEXTS), any(TEXTS))
                : """
                        "generate":{"count":%s,"prefix":%s}""".formatted(random.nextInt(4) == 0 ? any(NUMBERS) : "20", any(TEXTS));
        String context = random.nextBoolean() ? ",\"context\":" + user() : "";
        String identity = random.nextInt(4) == 0 ? ",\"identity\":" + value(1) : "";
        String flagKeys = random.nextInt(4) == 0 ? ",\"flag_keys\":" + value(1) : "";
        return "{" + users + context + identity + flagKeys + "}";
    }

    private String cohort() {
        return switch (random.nextInt(4)) {
            case 0 -> "[" + any(TEXTS) + "," + any(TEXTS) + "]";
            case 1 -> any(TEXTS) + "\n" + any(TEXTS) + "\n";
            case 2 -> """
                        {"groupType":%s,"memberIds":[%s]}""".formatted(any(TEXTS), any(TEXTS));
            default -> value(2);
        };
    }

    /** A ruleset document with one changed value, or a prefix of it. */
    String ruleset(String good) {
        if (random.nextInt(3) == 0) {
            return good.substring(0, random.nextInt(good.length()));
        }
        JsonObject document = new JsonObject(good);
        String flags = document.getJsonArray("flags").encode();
        List<Integer> colons = Arrays.asList(flags.chars().boxed().toArray(Integer[]::new));
        int start = random.nextInt(colons.size());
        int colon = flags.indexOf(':', start);
        if (colon < 0) {
            return good;
        }
        int end = colon + 1;
        while (end < flags.length() && ",}]".indexOf(flags.charAt(end)) < 0) {
            end++;
        }
        String changed = flags.substring(0, colon + 1) + value(2) + flags.substring(end);
        return """
                {"deployments":%s,"flags":%s}""".formatted(document.getJsonArray("deployments").encode(), changed);
    }

    /** Text as bytes: usually unchanged, otherwise truncated, deeply nested, with changed bytes, or not UTF-8. */
    byte[] spoilt(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        switch (random.nextInt(24)) {
            case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            case 1 -> bytes = spliced(bytes, (byte) random.nextInt(256));
            case 2 -> bytes = spliced(bytes, (byte) 0xC0, (byte) 0x80);
            case 3 -> bytes = spliced(bytes, (byte) 0xED, (byte) 0xA0, (byte) 0x80);
            case 4 -> bytes = spliced(bytes, (byte) '{', (byte) '[', (byte) '"');
            case 5 -> bytes = deep();
            case 6 -> bytes = ("\uFEFF" + text).getBytes(StandardCharsets.UTF_8);
            case 7 -> bytes = text.getBytes(StandardCharsets.UTF_16BE);
            default -> {}
        }
        return bytes;
    }

    private byte[] deep() {
        int depth = 1 << random.nextInt(15);
        String open = random.nextBoolean() ? "[" : "{\"a\":";
        return (open.repeat(depth) + (random.nextBoolean() ? "1" + (open.equals("[") ? "]" : "}").repeat(depth) : ""))
                .getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] spliced(byte[] bytes, byte... more) {
        int at = random.nextInt(bytes.length + 1);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(bytes, 0, at);
        all.writeBytes(more);
        int rest = Math.min(bytes.length, at + random.nextInt(3));
        all.write(bytes, rest, bytes.length - rest);
        return all.toByteArray();
    }
}
