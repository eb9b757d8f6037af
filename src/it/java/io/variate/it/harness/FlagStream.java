package io.variate.it.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One client of {@code GET /sdk/stream/v1/flags}, for one thread. */
public final class FlagStream implements AutoCloseable {
    private static final String DATA = "data:";
    private static final String END = "";

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final InputStream body;

    private FlagStream(InputStream body) {
        this.body = body;
        Thread reader = new Thread(this::read, "flag stream");
        reader.setDaemon(true);
        reader.start();
    }

    /** Opens a stream of the flags of a deployment. */
    public static FlagStream open(JarNode node, String deployment) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.url() + "/sdk/stream/v1/flags"))
                .header("Authorization", "Api-Key " + deployment)
                .build();
        try {
            HttpResponse<InputStream> answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) {
                throw new AssertionError("the stream was answered with " + answer.statusCode());
            }
            return new FlagStream(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // A keep-alive has no data.
                if (line.startsWith(DATA) && !line.substring(DATA.length()).isBlank()) {
                    events.add(line.substring(DATA.length()));
                }
            }
        } catch (IOException e) {
            // Closed by the client or the server.
        }
        events.add(END);
    }

    /** The next set of flags as a JSON array, or an empty text if the stream has ended. Waits for it. */
    public String next() {
        try {
            String event = events.poll(Fleet.SOON.toSeconds(), TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("no event within " + Fleet.SOON);
            }
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
