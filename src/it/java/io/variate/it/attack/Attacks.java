package io.variate.it.attack;

import static io.variate.it.attack.Payloads.bytes;
import static io.variate.it.attack.Payloads.gzip;
import static io.variate.it.attack.Payloads.padded;
import static io.variate.it.attack.Payloads.post;
import static io.variate.it.attack.Payloads.text;

import io.variate.it.attack.Attack.Door;
import io.variate.it.attack.Attack.Pace;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * All attacks by name. A name starts with the resource that the attack exhausts. Attackers have no key, a wrong one, or a
 * client key, which is public; none has a server key.
 */
final class Attacks {
    /** A client key, which is public. */
    static final String CLIENT_KEY = "client-attack-key";

    private static final String EVENTS = """
            {"events":[""";

    private static final String KEYED = "Authorization: Api-Key " + CLIENT_KEY + "\r\n";
    private static final int MIB = 1 << 20;
    private static final int BATCH_BYTES = 20 * MIB;

    /** A request line and headers together, each below its own limit. */
    private static final int HEAD_BYTES = 140_000;

    private final Map<String, Attack> all = new LinkedHashMap<>();

    private Attacks() {
        bombs();
        streams();
        heads();
        bodies();
        answers();
        events();
        admin();
        others();
    }

    static List<Attack> all() {
        return List.copyOf(new Attacks().all.values());
    }

    static Attack named(String name) {
        return Objects.requireNonNull(new Attacks().all.get(name), name);
    }

    private void add(String name, int connections, Pace pace, boolean reads, IntFunction<Script> scripts) {
        add(name, Door.PUBLIC, connections, pace, reads, scripts);
    }

    /** Scripts build their large payloads only when the attack runs. */
    private void add(String name, Door door, int connections, Pace pace, boolean reads, IntFunction<Script> scripts) {
        all.put(name, new Attack(name, door, connections, pace, reads, scripts));
    }

    private static IntFunction<Script> shared(Supplier<ByteBuffer> part, Function<ByteBuffer, Script> script) {
        Supplier<ByteBuffer> once = lazily(part);
        return number -> script.apply(once.get());
    }

    private static <T> Supplier<T> lazily(Supplier<T> made) {
        List<T> only = new ArrayList<>();
        return () -> {
            if (only.isEmpty()) {
                only.add(made.get());
            }
            return only.get(0);
        };
    }

    /** Small bodies that decompress to large ones. */
    private void bombs() {
        Map<String, String> keys =
                new TreeMap<>(Map.of("no-key", "", "wrong-key", """
                        "api_key":"nobody",""", "client-key", """
                        "api_key":"%s",""".formatted(CLIENT_KEY)));
        keys.forEach((name, key) -> bomb(name, "gzip", () -> gzip(batch(key))));
        bomb("key-last", "gzip", () -> gzip(padded(EVENTS, ' ', BATCH_BYTES - 100, """
                        ],"api_key":"%s"}""".formatted(CLIENT_KEY))));
        bomb("text", "gzip", () -> gzip(padded("""
                        {"api_key":"%s","events":[{"user_id":\"""".formatted(CLIENT_KEY), 'a', BATCH_BYTES - 100, "\"}]}")));
        bomb("many-members", "gzip", () -> gzip(batch(keys.getOrDefault("client-key", "")), 64 << 10));
        bomb("empty-members", "gzip", () -> gzip(new byte[20_000], 1));
        bomb("nested", "gzip", () -> gzip(gzip(padded("", ' ', 200 * MIB, ""))));
        bomb("twice", "gzip, gzip", () -> gzip(gzip(batch(""))));
        bomb("deflate", "deflate", () -> gzip(batch("")));
        bomb("brotli", "br", () -> gzip(batch("")));
        add(
                "bombs/without-answers",
                400,
                Pace.AT_ONCE,
                false,
                shared(() -> post("/batch", "Content-Encoding: gzip\r\n", gzip(batch(""))), Script::forever));
    }

    private static byte[] batch(String key) {
        return padded("""
                        {%s"events":[""".formatted(key), ' ', BATCH_BYTES - 100, "]}");
    }

    private void bomb(String name, String encoding, Supplier<byte[]> body) {
        add(
                "bombs/" + name,
                400,
                Pace.AFTER_ANSWER,
                true,
                shared(() -> post("/batch", "Content-Encoding: " + encoding + "\r\n", body.get()), Script::forever));
    }

    /** HTTP/2 without TLS, on one connection and on many. */
    private void streams() {
        int unlimited = Integer.MAX_VALUE;
        int[] noWindow = {Frames.INITIAL_WINDOW_SIZE, 0};
        String[] keyed = {"authorization", "Api-Key " + CLIENT_KEY};
        Map<String, String[]> keys = new TreeMap<>(Map.of("no-key", new String[0], "client-key", keyed));
        keys.forEach((name, key) -> {
            for (int connections : new int[] {1, 1000}) {
                String who = name + (connections == 1 ? "-one" : "-many");
                h2(
                        "unread/" + who,
                        connections,
                        frames(
                                noWindow,
                                (stream, out) ->
                                        out.request(stream, true, "GET", "/v1/vardata?user_id=u" + stream, key)));
                String path = key.length == 0 ? "/batch" : "/sdk/v2/vardata";
                h2(
                        "unended/" + who,
                        connections,
                        frames(new int[0], (stream, out) -> out.request(stream, false, "POST", path, key)));
                h2("unended-bodies/" + who, connections, frames(new int[0], (stream, out) -> out.request(
                                stream, false, "POST", path, key)
                        .frame(Frames.DATA, 0, stream, new byte[64])));
            }
        });
        h2(
                "unread-connection/client-key",
                100,
                frames(
                        new int[] {Frames.INITIAL_WINDOW_SIZE, unlimited},
                        (stream, out) -> out.request(stream, true, "GET", "/v1/vardata?user_id=u" + stream, keyed)));
        h2("unread-batch/no-key", 10, frames(noWindow, (stream, out) -> out.request(stream, false, "POST", "/batch")
                .frame(Frames.DATA, 0, stream, new byte[8192])));
        h2("reset/no-key", 10, frames(new int[0], (stream, out) -> out.request(stream, true, "GET", "/v1/vardata")
                .reset(stream)));
        h2("reset/client-key", 10, frames(new int[0], (stream, out) -> out.request(
                        stream, true, "GET", "/v1/vardata?user_id=u" + stream, keyed)
                .reset(stream)));
        h2("reset/by-fault", 10, frames(new int[0], (stream, out) -> out.request(stream, true, "GET", "/v1/vardata")
                .window(stream, 0)));
        h2("pings", 10, frames(new int[0], (stream, out) -> out.frame(Frames.PING, 0, 0, new byte[8])));
        h2("settings", 10, frames(new int[0], (stream, out) -> out.settings(Frames.INITIAL_WINDOW_SIZE, stream)));
        h2(
                "priorities",
                10,
                frames(
                        new int[0],
                        (stream, out) -> out.frame(Frames.PRIORITY, 0, stream, new byte[] {0, 0, 0, 0, 16})));
        h2("windows", 10, frames(new int[0], (stream, out) -> out.window(0, 1)));
        add(
                "http2/empty-data",
                10,
                Pace.AT_ONCE,
                false,
                number -> repeated(
                        new Frames().request(1, false, "POST", "/batch"),
                        (stream, out) -> out.frame(Frames.DATA, 0, 1, new byte[0])));
        add(
                "http2/padded-data",
                10,
                Pace.AT_ONCE,
                false,
                number -> repeated(
                        new Frames().request(1, false, "POST", "/batch"),
                        (stream, out) -> out.frame(Frames.DATA, 8, 1, new byte[] {0})));
        add(
                "http2/continuation",
                100,
                Pace.AT_ONCE,
                false,
                number -> repeated(
                        new Frames().frame(Frames.HEADERS, 0, 1, new byte[0]),
                        (stream, out) -> out.frame(Frames.CONTINUATION, 0, 1, new byte[0])));
        add(
                "http2/continuation-large",
                1000,
                Pace.AT_ONCE,
                false,
                number -> repeated(
                        new Frames().frame(Frames.HEADERS, 0, 1, block("a")),
                        (stream, out) -> out.frame(Frames.CONTINUATION, 0, 1, block("b" + stream))));
        add("http2/indexed-headers", 100, Pace.AT_ONCE, false, number -> indexed());
        add(
                "http2/silent",
                10_000,
                Pace.AT_ONCE,
                true,
                shared(() -> Frames.preface().toBuffer(), Script::once));
        add("http2/half-preface", 10_000, Pace.AT_ONCE, true, shared(() -> text("PRI * HTTP/2.0\r\n"), Script::once));
    }

    private static byte[] block(String name) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        Frames.field(block, name, "v".repeat(8000));
        return block.toByteArray();
    }

    private interface FrameWriter {
        void write(int stream, Frames out);
    }

    /** An attack over HTTP/2 whose responses are not read. */
    private void h2(String name, int connections, IntFunction<Script> scripts) {
        add("http2/" + name, connections, Pace.AT_ONCE, false, scripts);
    }

    /** Sends the frames of a writer for one stream after another, and never acknowledges anything. */
    private static IntFunction<Script> frames(int[] settings, FrameWriter writer) {
        return number -> Script.then(List.of(Frames.preface(settings).toBuffer()), written(writer));
    }

    private static Script repeated(Frames first, FrameWriter writer) {
        return Script.then(List.of(Frames.preface().toBuffer(), first.toBuffer()), written(writer));
    }

    private static Supplier<ByteBuffer> written(FrameWriter writer) {
        int[] next = {3};
        return () -> {
            Frames frames = new Frames();
            while (frames.size() < 16_000) {
                writer.write(next[0], frames);
                next[0] += 2;
            }
            return ByteBuffer.wrap(frames.toByteArray());
        };
    }

    /** A field of 3,900 bytes in the dynamic table of the decoder, which each further byte references. */
    private static Script indexed() {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        // With indexing (RFC 7541, section 6.2.1): its index is 62 from now on.
        block.write(0x40);
        Frames.text(block, "x");
        Frames.text(block, "y".repeat(3900));
        Frames first =
                new Frames().frame(Frames.HEADERS, Frames.END_HEADERS | Frames.END_STREAM, 1, block.toByteArray());
        byte[] many = padded("", (char) (0x80 | 62), 16_000, "");
        return repeated(first, (stream, out) -> out.frame(Frames.HEADERS, Frames.END_HEADERS, stream, many));
    }

    /** Incomplete request heads. */
    private void heads() {
        add(
                "heads/large",
                33_000,
                Pace.UNENDING,
                true,
                shared(
                        () -> Payloads.of(
                                padded("GET /v1/vardata?user_id=", 'u', 64_000, " HTTP/1.1\r\nHost: it\r\nX-Long: "),
                                padded("", 'h', HEAD_BYTES - 64_060, "")),
                        Script::once));
        add(
                "heads/many-fields",
                33_000,
                Pace.UNENDING,
                true,
                shared(
                        () -> text("GET /v1/vardata HTTP/1.1\r\nHost: it\r\n" + "a: b\r\n".repeat(13_000)),
                        Script::once));
        add(
                "heads/fields-held",
                33_000,
                Pace.UNENDING,
                true,
                shared(() -> text("GET /v1/vardata HTTP/1.1\r\nHost: it\r\n" + "a: b\r\n".repeat(490)), Script::once));
        add(
                "heads/trickled",
                15_000,
                Pace.every(500),
                true,
                number -> Script.trickled(
                        text("GET /v1/vardata?user_id=somebody HTTP/1.1\r\nHost: it\r\n" + KEYED + "X-Slow: "
                                + "s".repeat(1000)),
                        1));
        add("heads/silent", 33_000, Pace.UNENDING, true, number -> Script.once());
        add(
                "heads/second",
                15_000,
                Pace.UNENDING,
                true,
                shared(
                        () -> Payloads.of(
                                bytes("GET /v1/vardata?flag_keys=colour HTTP/1.1\r\nHost: it\r\n" + KEYED + "\r\n"),
                                padded("GET /?", 'x', 60_000, "")),
                        Script::once));
    }

    /** Incomplete request bodies. */
    private void bodies() {
        for (String path : List.of("/v1/vardata", "/sdk/v2/vardata", "/ofrep/v1/evaluate/flags")) {
            add("bodies" + path, 3000, Pace.UNENDING, true, shared(() -> unfinished(path, KEYED), Script::once));
        }
        add("bodies/no-key", 3000, Pace.UNENDING, true, shared(() -> unfinished("/sdk/v2/vardata", ""), Script::once));
        add(
                "bodies/batch",
                300,
                Pace.UNENDING,
                true,
                shared(
                        () -> Payloads.of(
                                bytes("POST /batch HTTP/1.1\r\nHost: it\r\nContent-Length: " + BATCH_BYTES
                                        + "\r\n\r\n"),
                                padded("""
                        {"api_key":"%s","events":[""".formatted(CLIENT_KEY), ' ', BATCH_BYTES - 1000, "")),
                        Script::once));
        add("bodies/trickled", 3000, Pace.every(100), true, number -> Script.trickled(unfinishedOnce.get(), 1000));
        add(
                "bodies/chunked",
                3000,
                Pace.UNENDING,
                true,
                shared(
                        () -> text("POST /v1/vardata HTTP/1.1\r\nHost: it\r\n" + KEYED
                                + "Transfer-Encoding: chunked\r\n\r\n" + "1\r\n \r\n".repeat(100_000)),
                        Script::once));
        int[] settings = {};
        add("bodies/http2-one", 1, Pace.AT_ONCE, false, frames(settings, (stream, out) -> out.request(
                        stream,
                        false,
                        "POST",
                        "/sdk/v2/vardata",
                        "authorization",
                        "Api-Key " + CLIENT_KEY,
                        "content-length",
                        "1000000")
                .frame(Frames.DATA, 0, stream, new byte[16_000])));
        add("bodies/http2-many", 300, Pace.AT_ONCE, false, frames(settings, (stream, out) -> out.request(
                        stream,
                        false,
                        "POST",
                        "/sdk/v2/vardata",
                        "authorization",
                        "Api-Key " + CLIENT_KEY,
                        "content-length",
                        "1000000")
                .frame(Frames.DATA, 0, stream, new byte[16_000])));
    }

    private final Supplier<ByteBuffer> unfinishedOnce = lazily(() -> unfinished("/sdk/v2/vardata", KEYED));

    private static ByteBuffer unfinished(String path, String key) {
        return Payloads.of(
                bytes("POST " + path + " HTTP/1.1\r\nHost: it\r\n" + key + "Content-Length: " + MIB + "\r\n\r\n"),
                padded("{", ' ', MIB - 100, ""));
    }

    /** Unread responses. */
    private void answers() {
        add(
                "answers/unread",
                4000,
                Pace.AT_ONCE,
                false,
                shared(
                        () -> text(("GET /v1/vardata?user_id=all HTTP/1.1\r\nHost: it\r\n" + KEYED + "\r\n").repeat(5)),
                        Script::once));
        add("answers/many-flag-keys", 4000, Pace.AT_ONCE, false, number -> Script.once(text(selections(number, 5))));
        add(
                "answers/compressed",
                4000,
                Pace.AT_ONCE,
                false,
                number -> Script.once(
                        text(selections(number, 5).replace("Host: it", "Host: it\r\nAccept-Encoding: gzip"))));
        add(
                "answers/pipelined",
                10,
                Pace.AT_ONCE,
                false,
                shared(
                        () -> text(
                                ("GET /v1/vardata?user_id=all HTTP/1.1\r\nHost: it\r\n" + KEYED + "\r\n").repeat(100)),
                        Script::forever));
        add(
                "answers/pipelined-no-key",
                10,
                Pace.AT_ONCE,
                false,
                shared(() -> text("GET /v1/vardata HTTP/1.1\r\nHost: it\r\n\r\n".repeat(1000)), Script::forever));
        add(
                "answers/pipelined-posts",
                10,
                Pace.AT_ONCE,
                false,
                shared(
                        () -> text(("POST /sdk/v2/vardata HTTP/1.1\r\nHost: it\r\nContent-Length: 2\r\n" + KEYED
                                        + "\r\n{}")
                                .repeat(100)),
                        Script::forever));
        add(
                "answers/flags",
                4000,
                Pace.AT_ONCE,
                false,
                shared(
                        () -> text(("GET /sdk/v2/flags HTTP/1.1\r\nHost: it\r\n" + KEYED + "\r\n").repeat(5)),
                        Script::once));
        add(
                "answers/ofrep",
                4000,
                Pace.AT_ONCE,
                false,
                shared(
                        () -> text(("POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: it\r\nContent-Length: 2\r\n"
                                        + KEYED + "\r\n{}")
                                .repeat(5)),
                        Script::once));
        add(
                "answers/openapi",
                4000,
                Pace.AT_ONCE,
                false,
                shared(() -> text("GET /openapi.json HTTP/1.1\r\nHost: it\r\n\r\n".repeat(50)), Script::once));
    }

    /** Requests that each select a different set of flags: all but two. */
    private static String selections(int number, int requests) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < requests; i++) {
            int which = number * requests + i;
            StringBuilder keys = new StringBuilder();
            for (int flag = 0; flag < Arena.LARGE_FLAGS; flag++) {
                if (flag != which % Arena.LARGE_FLAGS && flag != which / Arena.LARGE_FLAGS % Arena.LARGE_FLAGS) {
                    keys.append(keys.isEmpty() ? "" : ",").append(Arena.largeFlag(flag));
                }
            }
            text.append("GET /v1/vardata?user_id=u")
                    .append(which)
                    .append("&flag_keys=")
                    .append(keys)
                    .append(" HTTP/1.1\r\nHost: it\r\n")
                    .append(KEYED)
                    .append("\r\n");
        }
        return text.toString();
    }

    /** Attacks on the memory for events. */
    private void events() {
        add("events/trickled", 600, Pace.every(50), true, number -> Script.trickled(eventsOnce.get(), 40_000));
        add(
                "events/trickled-chunks",
                600,
                Pace.every(50),
                true,
                number -> Script.trickled(chunkedEventsOnce.get(), 40_000));
        add("events/held", 600, Pace.UNENDING, true, number -> Script.once(eventsOnce.get()));
        add("events/small-api", 600, Pace.every(50), true, number -> Script.trickled(smallOnce.get(), 20_000));
    }

    private final Supplier<ByteBuffer> eventsOnce = lazily(() -> Payloads.of(
            bytes("POST /batch HTTP/1.1\r\nHost: it\r\nContent-Length: " + BATCH_BYTES + "\r\n\r\n"),
            padded(EVENTS, ' ', BATCH_BYTES - 1000, "")));

    private final Supplier<ByteBuffer> smallOnce = lazily(() -> Payloads.of(
            bytes("POST /2/httpapi HTTP/1.1\r\nHost: it\r\nContent-Length: " + MIB + "\r\n\r\n"),
            padded(EVENTS, ' ', MIB - 1000, "")));

    private final Supplier<ByteBuffer> chunkedEventsOnce = lazily(() -> Payloads.of(
            bytes("POST /batch HTTP/1.1\r\nHost: it\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + Integer.toHexString(BATCH_BYTES) + "\r\n"),
            padded(EVENTS, ' ', BATCH_BYTES - 1000, "")));

    /** Attacks on the admin port without a token. */
    private void admin() {
        add("admin/silent", Door.ADMIN, 3000, Pace.UNENDING, true, number -> Script.once());
        add(
                "admin/heads",
                Door.ADMIN,
                3000,
                Pace.UNENDING,
                true,
                shared(
                        () -> text("GET /health/ready HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(7000)),
                        Script::once));
        add(
                "admin/heads-trickled",
                Door.ADMIN,
                3000,
                Pace.every(500),
                true,
                number -> Script.trickled(
                        text("GET /health/ready HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(7000)), 1));
        add(
                "admin/bodies",
                Door.ADMIN,
                3000,
                Pace.UNENDING,
                true,
                shared(
                        () -> Payloads.of(
                                bytes(
                                        "PUT /api/1/ruleset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n"),
                                padded("{", ' ', MIB, "")),
                        Script::once));
        add(
                "admin/cohorts",
                Door.ADMIN,
                3000,
                Pace.UNENDING,
                true,
                shared(
                        () -> Payloads.of(
                                bytes(
                                        "PUT /api/1/cohorts/some HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n"),
                                padded("[", ' ', MIB, "")),
                        Script::once));
        add(
                "admin/unread",
                Door.ADMIN,
                300,
                Pace.AT_ONCE,
                false,
                shared(() -> text("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100)), Script::forever));
        add(
                "admin/unread-once",
                Door.ADMIN,
                3000,
                Pace.AT_ONCE,
                false,
                shared(() -> text("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(10)), Script::once));
        add(
                "admin/http2",
                Door.ADMIN,
                10,
                Pace.AT_ONCE,
                false,
                frames(
                        new int[] {Frames.INITIAL_WINDOW_SIZE, 0},
                        (stream, out) -> out.request(stream, true, "GET", "/metrics")));
    }

    /** Other attacks. */
    private void others() {
        // Each request waits two seconds for a revision that never comes, with its body in memory.
        add(
                "others/waiting-bodies",
                3000,
                Pace.AFTER_ANSWER,
                true,
                shared(
                        () -> post(
                                "/v1/vardata",
                                KEYED + "X-Variate-Min-Revision: 999999\r\n",
                                padded("{", ' ', MIB - 1000, "}")),
                        Script::forever));
        // Streams of all flags that are not read.
        add(
                "others/unread-streams",
                15_000,
                Pace.AT_ONCE,
                false,
                shared(() -> text("GET /sdk/stream/v1/flags HTTP/1.1\r\nHost: it\r\n" + KEYED + "\r\n"), Script::once));
        // Connections that close after their request.
        add(
                "others/short-connections",
                1000,
                Pace.every(1),
                false,
                number -> new Leaver(text("GET /v1/vardata?user_id=all HTTP/1.1\r\nHost: it\r\n" + KEYED + "\r\n")));
        // Unread interim responses.
        add(
                "others/expectations",
                100,
                Pace.AT_ONCE,
                false,
                shared(
                        () -> text(
                                "POST /batch HTTP/1.1\r\nHost: it\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
                                        .repeat(500)),
                        Script::forever));
        add(
                "others/preflights",
                100,
                Pace.AT_ONCE,
                false,
                shared(
                        () -> text(
                                "OPTIONS /batch HTTP/1.1\r\nHost: it\r\nOrigin: http://a\r\nAccess-Control-Request-Method: POST\r\n\r\n"
                                        .repeat(500)),
                        Script::forever));
        // A body buffered during the upgrade to HTTP/2.
        add(
                "others/upgrades",
                3000,
                Pace.AT_ONCE,
                true,
                shared(
                        () -> Payloads.of(
                                bytes("POST /v1/vardata HTTP/1.1\r\nHost: it\r\n" + KEYED
                                        + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: "
                                        + MIB + "\r\n\r\n"),
                                padded("{", ' ', MIB - 100, "")),
                        Script::once));
    }

    /** Closes its connection after its request. */
    private static final class Leaver implements Script {
        private final ByteBuffer request;
        private boolean asked;

        Leaver(ByteBuffer request) {
            this.request = request;
        }

        @Override
        public ByteBuffer next() {
            if (asked) {
                throw new LeaveException();
            }
            asked = true;
            return request;
        }
    }

    /** Thrown by a script to end its connection. */
    static final class LeaveException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
