package io.variate.bench.engine;

import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.LDValue;
import com.launchdarkly.sdk.json.JsonSerialization;
import com.launchdarkly.sdk.json.SerializationException;
import com.launchdarkly.sdk.server.Components;
import com.launchdarkly.sdk.server.LDClient;
import com.launchdarkly.sdk.server.LDConfig;
import com.launchdarkly.sdk.server.integrations.FileData;
import io.variate.engine.model.Flag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Runs the flags and users of {@link EvaluationBenchmark}, benchmark by benchmark, on LaunchDarkly's server SDK: flags
 * from a file, no events, no log, no network.
 *
 * <p>Several flags are a loop of single calls, which costs less than {@code allFlagsState}. Only a JSON result uses the
 * latter, because there is no alternative.
 */
@NullUnmarked // JMH initializes fields
public class LaunchDarklyBenchmark extends TimeOfOneCall {

    @Param({"simple", "typical", "strings", "regex"})
    public String workload;

    private LDClient client;
    private String[] keys;
    private String oneKey;
    private LDContext[] contexts;
    private String[] users;
    private int next;

    @Setup
    public void prepare() throws IOException {
        Workload given = Workload.named(workload);
        keys = given.flags().stream().map(Flag::key).toArray(String[]::new);
        oneKey = given.oneFlag().key();
        contexts = given.users().stream().map(LaunchDarklyFlags::context).toArray(LDContext[]::new);
        users = new String[contexts.length];
        for (int i = 0; i < users.length; i++) {
            users[i] = JsonSerialization.serialize(contexts[i]);
        }
        client = client(LaunchDarklyFlags.document(given.flags()));
        new Agreement(given).check(client, contexts);
    }

    private static LDClient client(String flags) throws IOException {
        Path file = Files.createTempFile("launchdarkly-", ".json");
        try {
            Files.writeString(file, flags);
            LDConfig config = new LDConfig.Builder()
                    .dataSource(FileData.dataSource().filePaths(file))
                    .events(Components.noEvents())
                    .logging(Components.noLogging())
                    .diagnosticOptOut(true)
                    .build();
            return new LDClient("unused", config);
        } finally {
            Files.delete(file);
        }
    }

    @TearDown
    public void close() throws IOException {
        client.close();
    }

    /** Returns the next user. Their number is a power of two. */
    private int next() {
        next = (next + 1) & (users.length - 1);
        return next;
    }

    @Benchmark
    public LDValue oneFlag() {
        return client.jsonValueVariation(oneKey, contexts[next()], LDValue.ofNull());
    }

    @Benchmark
    @OperationsPerInvocation(Workload.FLAGS)
    public void hundredFlags(Blackhole sink) {
        LDContext context = contexts[next()];
        for (String key : keys) {
            sink.consume(client.jsonValueVariation(key, context, LDValue.ofNull()));
        }
    }

    @Benchmark
    public String hundredFlagsEncoded() {
        return JsonSerialization.serialize(client.allFlagsState(contexts[next()]));
    }

    @Benchmark
    public LDContext readUser() throws SerializationException {
        return JsonSerialization.deserialize(users[next()], LDContext.class);
    }

    @Benchmark
    public String oneFlagRequest() throws SerializationException {
        LDContext context = JsonSerialization.deserialize(users[next()], LDContext.class);
        return client.jsonValueVariation(oneKey, context, LDValue.ofNull()).toJsonString();
    }

    @Benchmark
    public String hundredFlagsRequest() throws SerializationException {
        LDContext context = JsonSerialization.deserialize(users[next()], LDContext.class);
        return JsonSerialization.serialize(client.allFlagsState(context));
    }
}
