package io.variate.bench;

import io.variate.dev.EmbeddedPostgresql;
import io.variate.dev.FileTree;
import io.variate.testing.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Three nodes in processes of their own, with a PostgreSQL server. Used by one thread. */
final class LocalCluster implements AutoCloseable {
    static final int SIZE = 3;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path directory = Files.createTempDirectory("variate-cluster-");
    private final EmbeddedPostgresql postgres = EmbeddedPostgresql.start(null, 0);
    private final HttpClient client =
            HttpClient.newBuilder().version(Version.HTTP_1_1).build();
    private final String deploymentKey;
    private final List<NodeProcess> nodes = new ArrayList<>();
    private final List<Integer> ports = FreePorts.some(2 * SIZE);
    private final ClusterTraffic traffic = new ClusterTraffic(ports);
    private final CommitTimes commits;
    private long revision;

    /**
     * Starts PostgreSQL, but no node.
     *
     * @param deploymentKey of a deployment with all flags, which every document must have
     */
    LocalCluster(String deploymentKey) throws IOException, SQLException {
        this.deploymentKey = deploymentKey;
        commits = new CommitTimes(postgres.uri());
    }

    /** @param jvmOptions of each node; {@code %} stands for its number */
    void start(List<String> jvmOptions) {
        String name = "changes-" + ProcessHandle.current().pid();
        for (int i = 0; i < SIZE; i++) {
            String number = Integer.toString(i);
            Map<String, String> settings = new HashMap<>(NodeProcess.clustered(name, ports.get(i), ports.get(0)));
            settings.put("VARIATE_CLUSTER_BUS_PORT", Integer.toString(ports.get(SIZE + i)));
            settings.put("VARIATE_POSTGRES_URI", postgres.uri());
            settings.put("VARIATE_POSTGRES_WRITE_TIMEOUT", PATIENCE.toSeconds() + "s");
            settings.put("VARIATE_RULESETS_MIN_REVISION_WAIT", PATIENCE.toSeconds() + "s");
            settings.put("VARIATE_EVALUATION_TIMEOUT", "30s");
            settings.put("VARIATE_ADMIN_MAX_DOCUMENT_SIZE", Integer.toString(1 << 30));
            List<String> options = jvmOptions.stream()
                    .map(option -> option.replace("%", number))
                    .toList();
            nodes.add(NodeProcess.start("node-" + i, options, directory, settings));
        }
    }

    /**
     * The moments of one change, as {@link System#nanoTime}.
     *
     * @param sent when the {@code PUT} was sent
     * @param committed when PostgreSQL reported the commit
     * @param served when the last node served the change
     */
    record Change(long sent, long committed, long served) {}

    /**
     * What the cluster has used since its start.
     *
     * @param cpuSeconds by node
     * @param bytes between the nodes
     */
    record Usage(List<Double> cpuSeconds, long bytes) {}

    Usage usage() throws IOException, InterruptedException {
        return new Usage(nodes.stream().map(NodeProcess::cpuSeconds).toList(), traffic.bytes());
    }

    /** From now on the leader is the first node; the last one gets the changes. */
    void orderByRole() throws IOException, InterruptedException {
        for (NodeProcess node : List.copyOf(nodes)) {
            if (node.metric("variate_cluster_leader") == 1) {
                nodes.remove(node);
                nodes.add(0, node);
            }
        }
    }

    /** Replaces the whole ruleset, and waits until all nodes serve it. */
    void load(String document) throws IOException, InterruptedException {
        revision = (long) nodes.get(0).metric("variate_ruleset_revision");
        CompletableFuture<Long> served = lastServed();
        nodes.get(0).putRuleset(document);
        await(served);
        revision++;
    }

    /** Requests all flags of each node, as SDKs with local evaluation do: the nodes then keep the encoded flags. */
    void encode() throws IOException, InterruptedException {
        for (NodeProcess node : nodes) {
            HttpRequest request = request(node, "/sdk/v2/flags")
                    .header("Accept-Encoding", "gzip")
                    .build();
            require200(client.send(request, BodyHandlers.discarding()).statusCode());
        }
    }

    /** Changes one flag at the last node, which is not the leader. */
    Change change(String flag, String json) throws IOException, InterruptedException {
        CompletableFuture<Long> served = lastServed();
        long sent = System.nanoTime();
        nodes.get(SIZE - 1).put("/api/1/ruleset/flags/" + flag, BodyPublishers.ofString(json));
        long last = await(served);
        revision++;
        return new Change(sent, await(commits.nanos(revision)), last);
    }

    /** Live heap of each node, in bytes. */
    List<Long> heap() throws IOException, InterruptedException {
        List<Long> heap = new ArrayList<>();
        for (NodeProcess node : nodes) {
            heap.add(node.memory().heap());
        }
        return heap;
    }

    /** When the last node answers from the next revision. */
    private CompletableFuture<Long> lastServed() {
        CompletableFuture<Long> last = CompletableFuture.completedFuture(0L);
        for (NodeProcess node : nodes) {
            HttpRequest request = request(node, "/v1/vardata?user_id=user-1&flag_keys=none")
                    .header("X-Variate-Min-Revision", Long.toString(revision + 1))
                    .header("X-Amp-Exp-Track", "no-track")
                    .build();
            CompletableFuture<Long> served = client.sendAsync(request, BodyHandlers.discarding())
                    .thenApply(answer -> {
                        require200(answer.statusCode());
                        return System.nanoTime();
                    });
            last = last.thenCombine(served, Math::max);
        }
        return last;
    }

    private HttpRequest.Builder request(NodeProcess node, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
                .header("Authorization", "Api-Key " + deploymentKey);
    }

    private static void require200(int status) {
        if (status != 200) {
            throw new BenchmarkException("a node answered with status " + status);
        }
    }

    private static long await(CompletableFuture<Long> nanos) throws InterruptedException {
        try {
            return nanos.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new BenchmarkException("the change was not served by all nodes: " + e, e);
        }
    }

    @Override
    public void close() throws SQLException {
        nodes.forEach(NodeProcess::close);
        commits.close();
        postgres.close();
        FileTree.delete(directory);
    }
}
