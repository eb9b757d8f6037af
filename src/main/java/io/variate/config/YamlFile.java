package io.variate.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.ConstructNode;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.constructor.ConstructYamlNull;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.FailsafeScalarResolver;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.JsonSchema;
import org.snakeyaml.engine.v2.schema.Schema;

/** Reads YAML files. Problems never quote the content of a file, which may contain passwords. */
public final class YamlFile {
    /** Every scalar is a string. */
    private static final Schema STRINGS = new Schema() {
        @Override
        public ScalarResolver getScalarResolver() {
            return new FailsafeScalarResolver();
        }

        @Override
        public Map<Tag, ConstructNode> getSchemaTagConstructors() {
            return Map.of(Tag.NULL, new ConstructYamlNull());
        }
    };

    private YamlFile() {}

    /**
     * Reads a file with typed scalars.
     *
     * @return its content: a map, a list, a scalar or null; null also if it cannot be read, with a problem added
     */
    static @Nullable Object read(Path file, List<String> problems) {
        return read(file, new JsonSchema(), problems);
    }

    /**
     * Reads a YAML or JSON file whose scalars are all strings, exactly as written. An empty value is null.
     *
     * @return its content: a map, a list, a string or null; null also if it cannot be read, with a problem added
     */
    public static @Nullable Object readText(Path file, List<String> problems) {
        return read(file, STRINGS, problems);
    }

    private static @Nullable Object read(Path file, Schema schema, List<String> problems) {
        try {
            LoadSettings settings = LoadSettings.builder()
                    .setLabel(file.toString())
                    .setSchema(schema)
                    .build();
            return new Load(settings).loadFromString(text(file));
        } catch (NoSuchFileException e) {
            problems.add("cannot read " + file + ": no such file");
        } catch (IOException e) {
            problems.add("cannot read " + file + ": " + e);
        } catch (MarkedYamlEngineException e) {
            // The exception's message quotes the line, which may contain a password.
            String where = e.getProblemMark()
                    .map(mark -> " in line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                    .orElse("");
            problems.add(file + " is not valid YAML: " + e.getProblem() + where);
        } catch (YamlEngineException e) {
            problems.add(file + " is not valid YAML");
        } catch (StackOverflowError e) {
            problems.add(file + " is nested too deeply");
        }
        return null;
    }

    /** JSON may be indented with tabs, which YAML rejects. Its strings cannot contain any. */
    private static String text(Path file) throws IOException {
        String text = Files.readString(file);
        return file.toString().endsWith(".json") ? text.replace('\t', ' ') : text;
    }
}
