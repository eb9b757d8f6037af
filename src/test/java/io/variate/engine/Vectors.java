package io.variate.engine;

import io.variate.engine.model.Flag;
import io.variate.engine.model.FlagReader;
import io.variate.engine.model.FlagReading;
import io.variate.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Reads files of expected results, in newline-delimited JSON. */
public final class Vectors {

    private Vectors() {}

    static List<Map<String, @Nullable Object>> read(String file) {
        try (InputStream resource = Objects.requireNonNull(Vectors.class.getResourceAsStream("/vectors/" + file));
                InputStream in = file.endsWith(".gz") ? new GZIPInputStream(resource) : resource;
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            List<Map<String, @Nullable Object>> vectors = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                vectors.add(object(Json.parse(line)));
            }
            return vectors;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    public static Map<String, @Nullable Object> object(@Nullable Object tree) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(tree);
    }

    @SuppressWarnings("unchecked")
    public static List<@Nullable Object> list(@Nullable Object tree) {
        return (List<@Nullable Object>) Objects.requireNonNull(tree);
    }

    /** Returns the valid flags and skips the others, like a server. */
    static List<Flag> flags(Map<String, @Nullable Object> vector) {
        List<Flag> flags = new ArrayList<>();
        for (Object tree : list(vector.get("flags"))) {
            if (FlagReader.read(tree, "flag") instanceof FlagReading.Accepted accepted) {
                flags.add(accepted.flag());
            }
        }
        return flags;
    }

    static List<String> flagKeys(Map<String, @Nullable Object> vector) {
        Object keys = vector.get("flagKeys");
        return keys == null
                ? List.of()
                : list(keys).stream().map(String::valueOf).toList();
    }

    /** Returns results in the form of the files, with numbers that compare by value. */
    static Map<String, @Nullable Object> results(Evaluation evaluation) {
        Map<String, @Nullable Object> results = new LinkedHashMap<>();
        evaluation.forEach(variant -> results.put(variant.flagKey(), comparable(variant.asTree())));
        return results;
    }

    /** Returns a tree in which numbers with equal values are equal. */
    static @Nullable Object comparable(@Nullable Object tree) {
        if (tree instanceof Map<?, ?> members) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            members.forEach((key, value) -> copy.put((String) key, comparable(value)));
            return copy;
        }
        if (tree instanceof List<?> elements) {
            List<@Nullable Object> copy = new ArrayList<>();
            elements.forEach(element -> copy.add(comparable(element)));
            return copy;
        }
        return tree instanceof Long number && number.doubleValue() == number ? (Object) number.doubleValue() : tree;
    }
}
