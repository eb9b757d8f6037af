package io.variate.it.harness;

import io.variate.testing.Await;
import io.variate.testing.RawConnection;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Clients of a node that serves {@link Documents#digits}, each sending one request after the other as fast as it gets
 * answers, on one connection for as long as the node keeps it. Every client has users of its own, who get a thousand
 * different results each in the order in which they ask. A client ends when the node takes no connection any more, or
 * breaks one.
 */
public final class BusyClients implements AutoCloseable {
    private static final int USERS = 10;
    private static final Duration SOON = LongRun.either(Duration.ofSeconds(30), Duration.ofMinutes(3));

    private final int port;
    private final String name;
    private final ExecutorService threads;
    private final AtomicInteger count = new AtomicInteger();
    private final Map<String, List<String>> answers = new LinkedHashMap<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Queue<String> breaks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile boolean stopping;

    private BusyClients(int port, String name, int clients) {
        this.port = port;
        this.name = name;
        this.threads = Executors.newFixedThreadPool(clients);
    }

    /**
     * Starts the clients.
     *
     * @param name the prefix of the ids of their users
     */
    public static BusyClients start(JarNode node, String name, int clients) {
        BusyClients busy = new BusyClients(node.httpPort(), name, clients);
        for (int i = 0; i < clients; i++) {
            Client client = busy.new Client(name + "-" + i);
            busy.threads.execute(client::run);
        }
        busy.threads.shutdown();
        return busy;
    }

    /** Waits for so many more answers. */
    public void awaitMore(int more) {
        int target = count.get() + more;
        Await.value(more + " more answers", SOON, () -> count.get(), seen -> seen >= target);
    }

    /** Lets every client finish its request. */
    public BusyClients stop() {
        stopping = true;
        return awaitEnd();
    }

    /** Waits until every client has found the node gone. */
    public BusyClients awaitEnd() {
        Await.until("the clients of " + name + " end", Duration.ofSeconds(30), threads::isTerminated);
        return this;
    }

    public int count() {
        return count.get();
    }

    /** The results of each user in the order of the answers; to be read when all clients have ended. */
    public Map<String, List<String>> answers() {
        return answers;
    }

    /** Answers that are none. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    /** Connections that ended without a word in place of an answer, after others that were given on them. */
    public List<String> breaks() {
        return List.copyOf(breaks);
    }

    /** How many new connections were refused, or dropped unserved. */
    public int refusals() {
        return refusals.get();
    }

    @Override
    public void close() {
        stopping = true;
        threads.shutdownNow();
    }

    /** Lives on one thread. */
    private final class Client {
        private final String users;
        private @Nullable RawConnection connection;
        private boolean fresh;

        Client(String users) {
            this.users = users;
        }

        void run() {
            try {
                for (int i = 0; !stopping; i++) {
                    String user = users + "-" + i / (USERS * Documents.DIGITS) + "-" + i % USERS;
                    ask(user, i / USERS % Documents.DIGITS);
                }
                hangUp();
            } catch (IOException e) {
                if (fresh) {
                    refusals.incrementAndGet();
                } else {
                    breaks.add(e.toString());
                }
            }
        }

        private void ask(String user, int number) throws IOException {
            fresh = connection == null;
            RawConnection open = connection == null ? RawConnection.to(port) : connection;
            connection = open;
            open.send(request(user, number));
            RawConnection.Answer answer = open.read();
            if (answer.status() == 200) {
                note(user, variants(answer.body()));
            } else {
                failures.add(user + ": " + answer.status() + " " + answer.body());
            }
            if (answer.header("connection").contains("close")) {
                hangUp();
            }
        }

        private void hangUp() throws IOException {
            if (connection != null) {
                connection.close();
            }
            connection = null;
        }
    }

    private static String request(String user, int number) {
        String context = Documents.digitsUser(number).encode();
        return "GET /v1/vardata?user_id=" + user + "&context=" + URLEncoder.encode(context, StandardCharsets.UTF_8)
                + " HTTP/1.1\r\nHost: it\r\nAuthorization: Api-Key " + Documents.KEY + "\r\n\r\n";
    }

    private void note(String user, String variants) {
        synchronized (answers) {
            answers.computeIfAbsent(user, none -> new ArrayList<>()).add(variants);
        }
        count.incrementAndGet();
    }

    /** The flags of an answer in ascending order with their variants, as the canonical form of an event has them. */
    private static String variants(String answer) {
        Map<String, String> variants = new LinkedHashMap<>();
        JsonObject flags = new JsonObject(answer);
        flags.fieldNames()
                .forEach(flag -> variants.put(flag, flags.getJsonObject(flag).getString("key")));
        return Journal.canonical(variants);
    }
}
