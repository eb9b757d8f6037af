package io.variate.bench.engine;

import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The input of the benchmarks: a hundred flags, and users that differ in all properties that the flags use.
 *
 * @param users JSON texts as clients send them
 */
public record Workload(List<Flag> flags, List<String> users) {

    static final int FLAGS = 100;

    private static final int SIMPLE_USERS = 1024;

    /**
     * Loads a workload: {@code simple}, which is generated and has three of four users in its audience, or the name of
     * a resource with flags and users.
     */
    static Workload named(String name) {
        return name.equals("simple") ? simple() : recorded(name);
    }

    /** The flag for benchmarks of one flag. */
    Flag oneFlag() {
        return flags.get(flags.size() / 2);
    }

    private static Workload simple() {
        return new Workload(
                list(FLAGS, number -> flag(Json.parse(simpleFlag(number)))), list(SIMPLE_USERS, Workload::user));
    }

    private static Workload recorded(String name) {
        Map<?, ?> file = file(name);
        return new Workload(
                trees(file, "flags").stream().map(Workload::flag).toList(),
                trees(file, "users").stream()
                        .map(holder -> Json.write(((Map<?, ?>) holder).get("user")))
                        .toList());
    }

    /**
     * Returns a number of flags like those of the typical workload, but with distinct keys, salts, variants and filter
     * values. Flag 0 is the same for any number and in the middle.
     */
    public static List<Flag> distinct(int count) {
        List<String> models =
                trees(file("typical"), "flags").stream().map(Json::write).toList();
        return list(count, place -> {
            int number = (place + count - count / 2) % count;
            return flag(Json.parse(renamed(models.get(number % models.size()), number)));
        });
    }

    /** Returns the key of a flag of {@link #distinct}. */
    static String distinctKey(int number) {
        return "distinct-" + number;
    }

    private static String renamed(String flag, int number) {
        return flag.replaceFirst("\"key\":\"[^\"]*\"", "\"key\":\"" + distinctKey(number) + '"')
                .replace("\"salt\":\"", "\"salt\":\"" + number + '-')
                .replace("\"value\":\"", "\"value\":\"" + number + '-')
                .replace("\"op\":\"is\",\"values\":[", "\"op\":\"is\",\"values\":[\"own-" + number + "\",")
                .replace("\"op\":\"is not\",\"values\":[", "\"op\":\"is not\",\"values\":[\"own-" + number + "\",")
                .replace("\"op\":\"contains\",\"values\":[", "\"op\":\"contains\",\"values\":[\"own-" + number + "\",");
    }

    private static Map<?, ?> file(String name) {
        try (InputStream packed = Workload.class.getResourceAsStream("/bench/" + name + ".json.gz");
                InputStream in = new GZIPInputStream(Objects.requireNonNull(packed, name))) {
            return (Map<?, ?>)
                    Objects.requireNonNull(Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<?> trees(Map<?, ?> file, String name) {
        return (List<?>) Objects.requireNonNull(file.get(name));
    }

    private static <T> List<T> list(int size, IntFunction<T> element) {
        return IntStream.range(0, size).mapToObj(element).toList();
    }

    private static Flag flag(@Nullable Object tree) {
        return ((FlagReading.Accepted) FlagReader.read(tree, "flag")).flag();
    }

    private static String simpleFlag(int number) {
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

    private static String user(int number) {
        return """
            {"user_id":"user-%d","device_id":"0f7c2a9e-5d1b-4c7e-9a55-%012d","country":"%s","region":"Bavaria",
             "city":"M\\u00fcnchen","language":"en","platform":"Web","version":"3.14.1","os":"iOS 17.4",
             "device_model":"iPhone","library":"experiment-js-client/1.22.1",
             "user_properties":{"plan":"%s","age":%d,"beta":true,"score":12.5,"tags":["a","b","c"]},
             "groups":{"org":["acme"]},"cohort_ids":["c1","c2","c3"]}
            """.formatted(
                        number * 7919,
                        number,
                        number % 8 == 0 ? "DE" : number % 2 == 0 ? "US" : "CA",
                        number % 8 == 1 ? "free" : "premium",
                        number % 90);
    }
}
