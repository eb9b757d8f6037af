package io.variate.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Reads YAML files (and JSON, which is a subset) as maps and lists. */
final class Yaml {
    private static final String MERGE = "<<";

    private Yaml() {}

    /** The only document of a file. */
    static Map<String, @Nullable Object> read(Path file) {
        return readAll(file).get(0);
    }

    /** All documents of a file. */
    static List<Map<String, @Nullable Object>> readAll(Path file) {
        try {
            Iterable<Object> documents = new Load(
                            LoadSettings.builder().setLabel(file.toString()).build())
                    .loadAllFromString(Files.readString(file));
            return StreamSupport.stream(documents.spliterator(), false)
                    .map(Yaml::map)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A mapping with its merge key ({@code <<}) resolved. */
    static Map<String, @Nullable Object> map(@Nullable Object value) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        Map<?, ?> given = (Map<?, ?>) Objects.requireNonNull(value);
        if (given.containsKey(MERGE)) {
            all.putAll(map(given.get(MERGE)));
        }
        given.forEach((key, each) -> {
            if (!MERGE.equals(key)) {
                all.put(String.valueOf(key), each);
            }
        });
        return all;
    }

    /** The mapping at a path of keys. */
    static Map<String, @Nullable Object> map(@Nullable Object value, String... path) {
        Map<String, @Nullable Object> here = map(value);
        for (String key : path) {
            here = map(Objects.requireNonNull(here.get(key), key));
        }
        return here;
    }

    /** A sequence; empty if the value is missing. */
    static List<@Nullable Object> list(@Nullable Object value) {
        return value == null ? List.of() : List.copyOf((List<?>) value);
    }

    /** A sequence of mappings. */
    static List<Map<String, @Nullable Object>> maps(@Nullable Object value) {
        return list(value).stream().map(Yaml::map).toList();
    }
}
