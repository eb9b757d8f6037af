package io.variate.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a request costs inside the engine. Users differ in country, plan and id, so that branches and hashes do.
 *
 * <pre>{@code
 * mvn -q test-compile exec:exec -Dexec.executable=java -Dexec.classpathScope=test \
 *     -Dexec.args="-cp %classpath org.openjdk.jmh.Main EvaluationBenchmark -prof gc"
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class EvaluationBenchmark {

    private static final int USERS = 1024;

    private static final String[] COUNTRIES = {"US", "CA", "DE", "FR", "JP"};

    private final String[] userTexts = new String[USERS];
    private final EvaluationContext[] users = new EvaluationContext[USERS];
    private final EvaluationContext[] usersOfOneFlag = new EvaluationContext[USERS];
    private final EvaluationContext[] usersOfOneOfHundred = new EvaluationContext[USERS];
    private final Evaluation evaluation = new Evaluation();
    private CompiledFlags flags = CompiledFlags.compile(List.of());
    private CompiledFlags oneFlag = flags;
    private int next;

    @Setup
    public void prepare() {
        flags = CompiledFlags.compile(flags(100));
        oneFlag = CompiledFlags.compile(flags(1));
        for (int i = 0; i < USERS; i++) {
            String plan = i % 3 == 0 ? "free" : "premium";
            userTexts[i] = userText(i, COUNTRIES[i % COUNTRIES.length], plan);
            users[i] = flags.planAll().read(userTexts[i], null, null);
            usersOfOneFlag[i] = oneFlag.planAll().read(userTexts[i], null, null);
            usersOfOneOfHundred[i] = flags.plan(List.of("flag-42")).read(userTexts[i], null, null);
        }
    }

    private static List<Flag> flags(int count) {
        List<Flag> flags = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Object tree = Json.parse(flagText(i));
            flags.add(((FlagReading.Accepted) FlagReader.read(tree, "flag")).flag());
        }
        return flags;
    }

    private static String flagText(int number) {
        return """
            {"key":"flag-%d","metadata":{"deployed":true,"evaluationMode":"remote","flagType":"experiment",
             "flagVersion":7},
             "segments":[
              {"conditions":[[
                {"selector":["context","user","country"],"op":"is","values":["US","CA"]},
                {"selector":["context","user","user_properties","plan"],"op":"is","values":["premium"]}]],
               "bucket":{"selector":["context","user","user_id"],"salt":"s%d",
                "allocations":[{"range":[0,100],"distributions":[
                 {"variant":"control","range":[0,21474837]},{"variant":"treatment","range":[21474836,42949673]}]}]},
               "metadata":{"segmentName":"Premium"}},
              {"variant":"off","metadata":{"segmentName":"All Other Users"}}],
             "variants":{"control":{"key":"control","value":"control"},
              "treatment":{"key":"treatment","value":"treatment","payload":{"color":"teal","size":3}},
              "off":{"key":"off","metadata":{"default":true}}}}
            """.formatted(number, number);
    }

    private static String userText(int number, String country, String plan) {
        return """
            {"user_id":"user-%d","device_id":"0f7c2a9e-5d1b-4c7e-9a55-%012d","country":"%s","region":"Bavaria",
             "city":"M\\u00fcnchen","language":"en","platform":"Web","version":"3.14.1","os":"iOS 17.4",
             "device_model":"iPhone","library":"experiment-js-client/1.22.1",
             "user_properties":{"plan":"%s","age":%d,"beta":true,"score":12.5,"tags":["a","b","c"]},
             "groups":{"org":["acme"]},"cohort_ids":["c1","c2","c3"]}
            """.formatted(number * 7919, number, country, plan, number % 90);
    }

    private int nextUser() {
        next = (next + 1) & (USERS - 1);
        return next;
    }

    @Benchmark
    public Evaluation simpleFlag() {
        return evaluation.evaluate(usersOfOneFlag[nextUser()]);
    }

    @Benchmark
    public Evaluation oneOfHundredFlags() {
        return evaluation.evaluate(usersOfOneOfHundred[nextUser()]);
    }

    @Benchmark
    public byte[] hundredFlagsEncoded() {
        return evaluation.evaluate(users[nextUser()]).encode(AnswerShape.V2);
    }

    @Benchmark
    public EvaluationContext typicalUserRead() {
        return flags.planAll().read(userTexts[nextUser()], null, null);
    }
}
