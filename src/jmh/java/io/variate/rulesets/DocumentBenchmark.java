package io.variate.rulesets;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.bench.Machine;
import io.variate.bench.engine.Workload;
import io.variate.cluster.SingleNode;
import io.variate.cohorts.UploadedCohorts;
import io.variate.config.Secret;
import io.variate.config.Settings;
import io.variate.dev.EmbeddedPostgresql;
import io.variate.dev.FileTree;
import io.variate.engine.FlagWriter;
import io.variate.engine.model.Flag;
import io.variate.rulesets.document.RulesetText;
import io.variate.store.Database;
import io.variate.store.RulesetStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Measures the replacement of a whole document on one node with PostgreSQL, from the bytes of the document until the node has
 * committed and serves it: the first document, which has only new flags, and then documents in which one flag differs.
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.mainClass=io.variate.rulesets.DocumentBenchmark
 * }</pre>
 *
 * <p>Arguments: numbers of flags, 100, 1,000 and 10,000 by default.
 */
public final class DocumentBenchmark {
    private static final int WARMUP_CHANGES = 5;
    private static final int CHANGES = 20;
    private static final String DEPLOYMENTS =
            "\"deployments\":[{\"key\":\"server-key\",\"type\":\"server\",\"flags\":[\"*\"]}]";

    private final Vertx vertx = Vertx.vertx();
    private final List<String> flags = new ArrayList<>();
    private final CurrentRuleset current =
            new CurrentRuleset(vertx, "us", Clock.systemUTC(), new SimpleMeterRegistry());
    private final RulesetSynchronizer synchronizer;
    private final RulesetEditor editor;
    private int changes;

    private DocumentBenchmark(int count, String postgres, Path directory) {
        for (Flag flag : Workload.distinct(count)) {
            StringBuilder json = new StringBuilder();
            FlagWriter.write(flag, json);
            flags.add(json.toString());
        }
        PostgresRulesetSource source = new PostgresRulesetSource(new RulesetStore(new Database(
                vertx,
                new Settings.Postgres(new Secret(postgres), 4, Duration.ofSeconds(30), Duration.ofSeconds(60), null),
                new SimpleMeterRegistry())));
        synchronizer = new RulesetSynchronizer(
                vertx,
                current,
                new NoRulesetCache(),
                new SingleNode(),
                source,
                directory,
                Duration.ofSeconds(10),
                new SimpleMeterRegistry());
        editor = new RulesetEditor(
                vertx,
                current,
                source.writer(current),
                synchronizer,
                null,
                new UploadedCohorts(new SimpleMeterRegistry()));
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println(Machine.description());
        List<Integer> counts = arguments.length == 0
                ? List.of(100, 1_000, 10_000)
                : Arrays.stream(arguments).map(Integer::valueOf).toList();
        for (int count : counts) {
            Path directory = Files.createTempDirectory("document-benchmark");
            try (EmbeddedPostgresql postgres = EmbeddedPostgresql.start(null, 0)) {
                new DocumentBenchmark(count, postgres.uri(), directory).run();
            }
            FileTree.delete(directory);
        }
    }

    private void run() throws Exception {
        await(synchronizer.start());
        long first = replace(document());
        int bytes = document().length;
        change(WARMUP_CHANGES);
        long[] compact = change(CHANGES);
        long[] indented = new long[CHANGES];
        for (int i = 0; i < CHANGES; i++) {
            changeOne();
            indented[i] = replace(indented());
        }
        System.out.printf(Locale.ROOT, "%n%,d flags, %,d bytes: first %.0f ms%n", flags.size(), bytes, first / 1e6);
        line("one flag changed", compact);
        line("one flag changed, indented", indented);
        await(synchronizer.stop());
        await(vertx.close());
    }

    private long[] change(int count) throws Exception {
        long[] times = new long[count];
        for (int i = 0; i < count; i++) {
            changeOne();
            times[i] = replace(document());
        }
        return times;
    }

    private void changeOne() {
        int at = (++changes * 7919) % flags.size();
        String flag = flags.get(at);
        flags.set(at, flag.substring(0, flag.length() - 1) + ",\"label\":\"change " + changes + "\"}");
        if (flag.contains("\"label\":\"change")) {
            flags.set(at, flag.replaceFirst("\"label\":\"change \\d+\"", "\"label\":\"change " + changes + "\""));
        }
    }

    private long replace(byte[] document) throws Exception {
        long start = System.nanoTime();
        RulesetEditor.Replacement replaced = await(vertx.executeBlocking(() -> RulesetText.decode(document))
                .compose(json -> editor.replace(json, false, null)));
        await(current.reached(replaced.revision().number()));
        return System.nanoTime() - start;
    }

    private byte[] document() {
        return ("{" + DEPLOYMENTS + ",\"flags\":[" + String.join(",", flags) + "]}").getBytes(StandardCharsets.UTF_8);
    }

    /** As an editor formats it: with a member on each line. */
    private byte[] indented() throws IOException {
        return new String(document(), StandardCharsets.UTF_8)
                .replace(",\"", ",\n      \"")
                .replace("\":", "\": ")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void line(String what, long[] nanos) {
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "%-28s p50 %.1f ms, max %.1f ms%n",
                what,
                nanos[nanos.length / 2] / 1e6,
                nanos[nanos.length - 1] / 1e6);
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(120, TimeUnit.SECONDS);
    }
}
