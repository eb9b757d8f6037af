package io.variate.management.preview;

import io.variate.bench.Machine;
import io.variate.engine.Evaluation;
import io.variate.engine.Membership;
import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import io.variate.simulation.SimulatedUser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Measures the time of a preview of 10,000 users over 100 changed flags among 1,000, from the rows to the last line as JSON,
 * and the time until the first line of progress. Each flag has testers, a country and a split of three variants.
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.mainClass=io.variate.management.preview.PreviewBenchmark
 * }</pre>
 */
public final class PreviewBenchmark {
    private static final int FLAGS = 1_000;
    private static final int CHANGED = 100;
    private static final int USERS = 10_000;
    private static final int RUNS = 7;

    private PreviewBenchmark() {}

    public static void main(String[] arguments) {
        System.out.println(Machine.description());
        List<SimulatedUser> users = IntStream.range(0, USERS)
                .mapToObj(i -> new SimulatedUser(
                        "{\"user_id\":\"user-" + i + "\",\"country\":\"" + (i % 3 == 0 ? "DE" : "FR")
                                + "\",\"user_properties\":{\"plan\":\"pro\",\"visits\":" + i + "}}",
                        null,
                        null))
                .toList();
        long[] total = new long[RUNS];
        long[] first = new long[RUNS];
        for (int run = 0; run < RUNS; run++) {
            ProjectState before = new ProjectState(flags(20, 0), Membership.NONE);
            ProjectState after = new ProjectState(flags(50, CHANGED), Membership.NONE);
            long start = System.nanoTime();
            Preview preview = Preview.of(Map.of(), before, after, false, users, Evaluation.PATTERN_STEPS);
            long characters = 0;
            for (List<Map<String, @Nullable Object>> lines = preview.next(); !lines.isEmpty(); lines = preview.next()) {
                for (Map<String, @Nullable Object> line : lines) {
                    characters += Json.write(line).length();
                    if (first[run] == 0 && "progress".equals(line.get("type"))) {
                        first[run] = System.nanoTime() - start;
                    }
                }
            }
            total[run] = System.nanoTime() - start;
            System.out.printf(Locale.ROOT, "run %d: %.0f ms, %d characters%n", run, total[run] / 1e6, characters);
        }
        Arrays.sort(total);
        Arrays.sort(first);
        System.out.printf(
                Locale.ROOT,
                "%d users, %d of %d flags changed: median %.0f ms, first progress %.0f ms%n",
                USERS,
                CHANGED,
                FLAGS,
                total[RUNS / 2] / 1e6,
                first[RUNS / 2] / 1e6);
    }

    private static List<Flag> flags(int percent, int changed) {
        List<Flag> flags = new ArrayList<>();
        for (int i = 0; i < FLAGS; i++) {
            flags.add(flag(i, i < changed ? percent : 20));
        }
        return flags;
    }

    private static Flag flag(int number, int percent) {
        String json = "{\"key\":\"flag-" + number
                + "\",\"variants\":{\"control\":{\"key\":\"control\"},\"a\":{\"key\":\"a\"},"
                + "\"b\":{\"key\":\"b\"},\"off\":{\"key\":\"off\"}},\"segments\":["
                + "{\"conditions\":[[{\"selector\":[\"context\",\"user\",\"user_id\"],\"op\":\"is\",\"values\":[\"user-1\","
                + "\"user-2\"]}]],\"variant\":\"a\"},"
                + "{\"conditions\":[[{\"selector\":[\"context\",\"user\",\"country\"],\"op\":\"is\",\"values\":[\"DE\",\"AT\"]}]],"
                + "\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"salt-" + number
                + "\",\"allocations\":[{\"range\":[0," + percent + "],\"distributions\":["
                + "{\"variant\":\"control\",\"range\":[0,14316557]},{\"variant\":\"a\",\"range\":[14316557,28633115]},"
                + "{\"variant\":\"b\",\"range\":[28633115,42949673]}]}]}},"
                + "{\"bucket\":{\"selector\":[\"context\",\"user\",\"user_id\"],\"salt\":\"salt-" + number
                + "\",\"allocations\":[{\"range\":[0," + percent + "],\"distributions\":["
                + "{\"variant\":\"control\",\"range\":[0,21474836]},{\"variant\":\"a\",\"range\":[21474836,42949673]}]}]},"
                + "\"variant\":\"off\"}]}";
        return FlagReader.read(Json.parseStrict(json), "") instanceof FlagReading.Accepted accepted
                ? accepted.flag()
                : invalid();
    }

    private static Flag invalid() {
        throw new IllegalStateException("the flag is invalid");
    }
}
