package io.variate.it.attack;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.variate.it.attack.FuzzConnection.Answer;
import io.variate.it.attack.FuzzConnection.MalformedAnswerException;
import io.variate.it.attack.FuzzedRequest.Shape;
import io.variate.testing.Contract;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client that sends requests of a {@link FuzzGrammar}: several at a time on persistent connections, or on one HTTP/2
 * connection. The responses do not influence the requests. Used by one thread.
 */
final class Fuzzer {
    private static final int MOST_PIPELINED = 12;
    private static final int MOST_STREAMS = 12;
    private static final int CHECKED_BY_CONTRACT = 20;
    private static final Pattern DOTTED = Pattern.compile("/(\\.|%2[eE]){1,2}(/|$)");

    /** The longest URL and the largest headers, by the defaults of {@code http} and by those of Vert.x. */
    private static final int PUBLIC_HEAD_BOUNDS = 65_536 + 81_920;

    private static final int ADMIN_HEAD_BOUNDS = 4096 + 8192;

    /** The 503 codes that clients can cause while all dependencies of the node are up; see api.md. */
    private static final Set<String> DOCUMENTED_503 =
            Set.of("overloaded", "revision_not_reached", "too_many_streams", "timeout");

    private final FuzzGrammar grammar;
    private final int httpPort;
    private final int adminPort;
    private final Findings findings;
    private final Runnable restoreRuleset;
    private @Nullable FuzzConnection publicConnection;
    private @Nullable FuzzConnection adminConnection;
    private int checked;

    /** @param restoreRuleset called after the node has accepted a ruleset of the fuzzer */
    Fuzzer(FuzzGrammar grammar, int httpPort, int adminPort, Findings findings, Runnable restoreRuleset) {
        this.grammar = grammar;
        this.httpPort = httpPort;
        this.adminPort = adminPort;
        this.findings = findings;
        this.restoreRuleset = restoreRuleset;
    }

    /** Sends the given number of requests, or a few more. */
    void run(int requests) throws IOException {
        int sent = 0;
        while (sent < requests) {
            boolean admin = grammar.oneIn(6);
            sent += grammar.oneIn(12) ? exchangeFrames(admin) : exchange(admin);
        }
        discard(false);
        discard(true);
    }

    private int exchange(boolean admin) throws IOException {
        List<FuzzedRequest> batch = new ArrayList<>();
        int most = grammar.upTo(MOST_PIPELINED);
        boolean fresh = grammar.oneIn(10);
        FuzzedRequest broken = null;
        do {
            FuzzedRequest request = grammar.next(admin);
            if (request.shape() == Shape.BROKEN) {
                broken = request;
            } else {
                batch.add(request);
            }
        } while (broken == null
                && batch.size() < most
                && (batch.isEmpty() || last(batch).shape() == Shape.WELL_FORMED));
        if (fresh) {
            discard(admin);
        }
        int sent = batch.isEmpty() ? 0 : exchange(batch, admin);
        return broken == null ? sent : sent + exchangeBroken(broken, admin);
    }

    /** Sends one request without a recognizable end, after all other responses, and nothing after it. */
    private int exchangeBroken(FuzzedRequest request, boolean admin) throws IOException {
        List<FuzzedRequest> only = List.of(request);
        try {
            FuzzConnection connection = connection(admin);
            connection.send(only);
            // An immediate response would be lost if the client closed first; 100 is not a response.
            if (!request.headers().contains("Expect: 100-continue") && connection.isAnswered()) {
                Answer answer = connection.read(request.method().equals("HEAD"));
                if (answer != null) {
                    check(request, "1", answer);
                }
            }
            connection.finishSending();
            awaitEnd(connection, request);
        } catch (SocketTimeoutException e) {
            fault("HTTP/1 an answer without end", request, "");
        } catch (MalformedAnswerException | NumberFormatException e) {
            fault("HTTP/1 an answer that is no HTTP", request, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            // Reset.
        } finally {
            discard(admin);
        }
        return 1;
    }

    private int exchange(List<FuzzedRequest> batch, boolean admin) throws IOException {
        int answered = 0;
        try {
            FuzzConnection connection = connection(admin);
            send(connection, batch);
            for (; answered < batch.size(); answered++) {
                FuzzedRequest request = batch.get(answered);
                Answer answer = connection.read(request.method().equals("HEAD"));
                if (answer == null) {
                    fault("HTTP/1 closed without an answer", request, after(batch, answered));
                    discard(admin);
                    return batch.size();
                }
                check(request, "1", answer);
                if (answer.status() == 101 || answer.isStream()) {
                    discard(admin);
                    return batch.size();
                }
                if (answer.isLast()) {
                    awaitEnd(connection, request);
                    discard(admin);
                    return batch.size();
                }
            }
            if (last(batch).shape() != Shape.WELL_FORMED) {
                discard(admin);
            }
        } catch (SocketTimeoutException e) {
            int waiting = Math.min(answered, batch.size() - 1);
            fault("HTTP/1 no answer within 5 s", batch.get(waiting), "");
            discard(admin);
        } catch (MalformedAnswerException | NumberFormatException e) {
            int waiting = Math.min(answered, batch.size() - 1);
            fault("HTTP/1 an answer that is no HTTP", batch.get(waiting), String.valueOf(e.getMessage()));
            discard(admin);
        } catch (IOException e) {
            // If the server closes with unread bytes, the connection is reset and responses in flight may be lost.
            int waiting = Math.min(answered, batch.size() - 1);
            if (batch.get(waiting).shape() == Shape.WELL_FORMED) {
                fault("HTTP/1 the connection broke", batch.get(waiting), e.getMessage() + after(batch, waiting));
            }
            discard(admin);
        }
        return batch.size();
    }

    /** The requests sent together with one, because they may cause an early end of the connection. */
    private static String after(List<FuzzedRequest> batch, int number) {
        byte[] rest = FuzzedRequest.concatenated(batch.subList(number + 1, batch.size()));
        return rest.length == 0 ? "" : "\n    after:  " + FuzzedRequest.printed(rest);
    }

    private static void send(FuzzConnection connection, List<FuzzedRequest> batch) {
        try {
            connection.send(batch);
        } catch (IOException e) {
            // The response with the reason may still be readable.
        }
    }

    /** Reads the rest until the server closes the connection, which it must. */
    private void awaitEnd(FuzzConnection connection, FuzzedRequest request) {
        byte[] buffer = new byte[4096];
        try {
            while (connection.in().read(buffer) >= 0) {
                // Responses to bytes after the request.
            }
        } catch (SocketTimeoutException e) {
            fault("HTTP/1 the connection was left open", request, "");
        } catch (IOException e) {
            // A reset closes it as well.
        }
    }

    private void check(FuzzedRequest request, String protocol, Answer answer) {
        findings.answered(protocol, answer.status());
        if (answer.status() == 200
                && request.route().equals("PUT /api/1/ruleset")
                && request.method().equals("PUT")) {
            restoreRuleset.run();
        }
        String code = code(answer);
        String shown = answer.body().substring(0, Math.min(300, answer.body().length()));
        if (answer.status() >= 500 && !isDocumentedRefusal(request, answer, code)) {
            fault("HTTP/" + protocol + " answered " + answer.status() + " " + code, request, shown);
        } else if (answer.status() >= 400
                && answer.body().isEmpty()
                && !request.method().equals("HEAD")
                && !isFarTooLarge(request, protocol, answer)) {
            fault("HTTP/" + protocol + " answered " + answer.status() + " without a word", request, shown);
        } else if (!request.admin()
                && request.shape() == Shape.WELL_FORMED
                && !answer.isStream()
                && isDescribed(request, answer)
                && checked++ % CHECKED_BY_CONTRACT == 0) {
            try {
                Contract.PUBLIC.check(
                        request.method(), request.target(), answer.status(), answer.headers(), answer.body());
            } catch (AssertionError e) {
                String why = String.valueOf(e.getMessage()).replaceAll("(?s).*\\nbut by ", "");
                fault(
                        "HTTP/" + protocol + " answered " + answer.status() + " other than described",
                        request,
                        why + " " + shown);
            }
        }
    }

    /** A response to HEAD has no body and so no code. */
    private static boolean isDocumentedRefusal(FuzzedRequest request, Answer answer, String code) {
        return answer.status() == 503
                && (DOCUMENTED_503.contains(code) || request.method().equals("HEAD"));
    }

    /** Netty rejects HTTP/2 heads above twice the limits of a port without a body; see api.md. */
    private static boolean isFarTooLarge(FuzzedRequest request, String protocol, Answer answer) {
        int bounds = request.admin() ? ADMIN_HEAD_BOUNDS : PUBLIC_HEAD_BOUNDS;
        return protocol.equals("2") && answer.status() == 431 && request.headerListSize() > 2L * bounds;
    }

    /**
     * Whether the OpenAPI document describes the response. It does not describe the page (also when reached through dot
     * segments), paths that lack a parameter, and member names that are dot segments.
     */
    private static boolean isDescribed(FuzzedRequest request, Answer answer) {
        String path = request.target().replaceAll("(?s)[?#].*", "");
        return !request.route().matches("GET /|GET /page.*|GET /nothing.*")
                && !(DOTTED.matcher(path).find()
                        && (request.route().contains("memberships") || path.matches("/[^/]+/[^/]+")))
                && !answer.body().startsWith("<")
                && !path.matches("/sdk/v2/memberships/[^/]*")
                && path.matches("/[^/].*[^/]")
                && !path.contains("//");
    }

    /** The code of an error in any of the three error formats. */
    private static String code(Answer answer) {
        try {
            JsonObject body = new JsonObject(answer.body());
            if (body.getValue("error") instanceof JsonObject error) {
                return error.getString("code", "");
            }
            if (body.containsKey("errorCode")) {
                String details = body.getString("errorDetails", "");
                return details.contains("revision") ? "revision_not_reached" : details;
            }
            return body.getString("reason", "");
        } catch (DecodeException | ClassCastException e) {
            return "";
        }
    }

    private void fault(String kind, FuzzedRequest request, String detail) {
        // Earlier requests on the connection may be necessary to reproduce it.
        FuzzConnection connection = request.admin() ? adminConnection : publicConnection;
        findings.add(
                (request.admin() ? "admin: " : "public: ") + kind + " (" + request.shape() + ")",
                request.route(),
                detail,
                connection == null || kind.startsWith("HTTP/2") ? new byte[0] : connection.sentBefore(request),
                request.framed().getBytes());
    }

    private FuzzConnection connection(boolean admin) throws IOException {
        FuzzConnection present = admin ? adminConnection : publicConnection;
        if (present == null) {
            present = FuzzConnection.to(admin ? adminPort : httpPort);
            if (admin) {
                adminConnection = present;
            } else {
                publicConnection = present;
            }
        }
        return present;
    }

    private void discard(boolean admin) {
        FuzzConnection present = admin ? adminConnection : publicConnection;
        if (present != null) {
            present.close();
        }
        if (admin) {
            adminConnection = null;
        } else {
            publicConnection = null;
        }
    }

    private static FuzzedRequest last(List<FuzzedRequest> batch) {
        return batch.get(batch.size() - 1);
    }

    private int exchangeFrames(boolean admin) throws IOException {
        Frames frames = Frames.preface(Frames.INITIAL_WINDOW_SIZE, Integer.MAX_VALUE)
                .window(0, Integer.MAX_VALUE - 65_535)
                .frame(Frames.SETTINGS, Frames.ACK, 0, new byte[0]);
        Map<Integer, FuzzedRequest> open = new TreeMap<>();
        int count = grammar.upTo(MOST_STREAMS);
        boolean noisy = grammar.oneIn(4);
        int noiseAt = grammar.number(count);
        for (int i = 0; i < count; i++) {
            FuzzedRequest request = grammar.next(admin);
            int stream = 2 * i + 1;
            request.writeTo(frames, stream);
            open.put(stream, request);
            if (noisy && i == noiseAt) {
                frames.frame(
                        grammar.number(12),
                        grammar.number(256),
                        grammar.oneIn(3) ? grammar.number(1000) : grammar.number(2 * count),
                        grammar.noise(64));
            }
        }
        byte[] sent = frames.toByteArray();
        try (FuzzConnection connection = FuzzConnection.to(admin ? adminPort : httpPort)) {
            connection.send(sent);
            if (noisy) {
                connection.finishSending();
            }
            readFrames(connection, open);
        } catch (SocketTimeoutException e) {
            findings.add(
                    "HTTP/2 " + (noisy ? "connection left open" : "no answer within 5 s"),
                    routes(open),
                    open.size() + " streams are open",
                    new byte[0],
                    sent);
        } catch (Http2Exception e) {
            findings.add(
                    "HTTP/2 headers cannot be decoded",
                    routes(open),
                    String.valueOf(e.getMessage()),
                    new byte[0],
                    sent);
        } catch (IOException e) {
            // Reset.
        }
        return count;
    }

    /** Reads until all streams or the connection have ended. */
    private void readFrames(FuzzConnection connection, Map<Integer, FuzzedRequest> open)
            throws IOException, Http2Exception {
        DataInputStream in = new DataInputStream(connection.in());
        DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
        Map<Integer, Http2Headers> heads = new HashMap<>();
        Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        boolean blockEnds = false;
        while (!open.isEmpty()) {
            int high = in.read();
            if (high < 0) {
                return;
            }
            int length = high << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt() & Integer.MAX_VALUE;
            byte[] payload = in.readNBytes(length);
            boolean ends = false;
            switch (type) {
                case Frames.HEADERS, Frames.CONTINUATION -> {
                    int skipped = type == Frames.HEADERS && (flags & Frames.PRIORITIZED) != 0 ? 5 : 0;
                    block.write(payload, skipped, payload.length - skipped);
                    blockEnds = type == Frames.HEADERS ? (flags & Frames.END_STREAM) != 0 : blockEnds;
                    if ((flags & Frames.END_HEADERS) != 0) {
                        ByteBuf encoded = Unpooled.wrappedBuffer(block.toByteArray());
                        Http2Headers decoded = decoder.decodeHeaders(stream, encoded);
                        if (!heads.containsKey(stream) || isInterim(heads.get(stream))) {
                            heads.put(stream, decoded);
                        }
                        block.reset();
                        ends = blockEnds || isStream(decoded);
                    }
                }
                case Frames.DATA -> {
                    bodies.computeIfAbsent(stream, fresh -> new ByteArrayOutputStream())
                            .writeBytes(payload);
                    ends = (flags & Frames.END_STREAM) != 0;
                }
                case Frames.RST_STREAM -> open.remove(stream);
                case Frames.GOAWAY -> {
                    return;
                }
                default -> {}
            }
            if (ends) {
                FuzzedRequest request = open.remove(stream);
                Http2Headers head = heads.get(stream);
                if (request != null && head != null) {
                    check(request, "2", answer(head, bodies.get(stream)));
                }
            }
        }
    }

    private static String routes(Map<Integer, FuzzedRequest> open) {
        return open.values().stream()
                .map(FuzzedRequest::route)
                .distinct()
                .limit(3)
                .toList()
                .toString();
    }

    private static boolean isInterim(@Nullable Http2Headers headers) {
        return headers != null && String.valueOf(headers.status()).startsWith("1");
    }

    private static boolean isStream(Http2Headers headers) {
        CharSequence type = headers.get("content-type");
        return type != null && type.toString().startsWith("text/event-stream");
    }

    private static Answer answer(Http2Headers head, @Nullable ByteArrayOutputStream body) {
        Map<String, List<String>> headers = new HashMap<>();
        head.forEach(field -> headers.computeIfAbsent(field.getKey().toString(), fresh -> new ArrayList<>())
                .add(field.getValue().toString()));
        int status = Integer.parseInt(String.valueOf(head.status()));
        return new Answer(status, headers, body == null ? "" : body.toString(StandardCharsets.UTF_8));
    }
}
