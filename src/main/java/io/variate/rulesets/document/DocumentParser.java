package io.variate.rulesets.document;

import io.variate.json.Json;
import io.variate.json.JsonReader;
import io.variate.json.JsonScanner;
import io.variate.rulesets.document.RulesetDocument.DefinedFlag;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Parses the text of a document as {@link Json#parseStrict} does, except that a flag that is known and has not changed is a
 * {@link DefinedFlag} in the tree instead of a map. Such a flag costs a comparison of its text, so a document costs what
 * differs in it. Single use.
 */
final class DocumentParser {
    private final JsonScanner scanner;
    private final JsonReader reader;
    private final KnownFlags known;

    private DocumentParser(String json, KnownFlags known) {
        scanner = new JsonScanner(json);
        reader = JsonReader.strict(scanner);
        this.known = known;
    }

    /** Parses a whole document. @throws io.variate.json.JsonException if the text is not JSON */
    static @Nullable Object document(String json, KnownFlags known) {
        DocumentParser parser = new DocumentParser(json, known);
        return parser.complete(parser::wholeDocument);
    }

    /** Parses one project. @throws io.variate.json.JsonException if the text is not JSON */
    static @Nullable Object project(String key, String json, KnownFlags known) {
        DocumentParser parser = new DocumentParser(json, known);
        return parser.complete(() -> parser.project(key));
    }

    private @Nullable Object complete(Supplier<@Nullable Object> value) {
        Object tree = value.get();
        scanner.requireEnd();
        return tree;
    }

    private @Nullable Object wholeDocument() {
        return object(
                Map.of(ProjectReader.FLAGS, () -> flags(ProjectKeys.UNNAMED), RulesetReader.PROJECTS, this::projects));
    }

    private @Nullable Object projects() {
        return scanner.peekToken() == '{' ? reader.readObject(this::project) : reader.readValue();
    }

    private @Nullable Object project(String key) {
        return object(Map.of(ProjectReader.FLAGS, () -> flags(key)));
    }

    /** Reads an object some of whose members are not read as plain values. */
    private @Nullable Object object(Map<String, Supplier<@Nullable Object>> members) {
        return scanner.peekToken() == '{'
                ? reader.readObject(
                        name -> members.getOrDefault(name, reader::readValue).get())
                : reader.readValue();
    }

    private @Nullable Object flags(String project) {
        KnownProject flags = known.project(project);
        return flags != null && scanner.peekToken() == '['
                ? reader.readArray(new KnownOrder(flags)::next)
                : reader.readValue();
    }

    /** Compares each flag with the one that followed the flag before it. */
    private final class KnownOrder {
        private final KnownProject flags;
        private int expected;

        KnownOrder(KnownProject flags) {
            this.flags = flags;
        }

        @Nullable
        Object next() {
            if (expected < flags.flags().size()) {
                DefinedFlag same = flags.flags().get(expected);
                if (scanner.skipIfWrittenAs(same.definition())) {
                    expected++;
                    return same;
                }
            }
            Object tree = reader.readValue();
            if (tree instanceof Map<?, ?> members && members.get("key") instanceof String key) {
                int index = flags.index(key);
                expected = index < 0 ? expected : index + 1;
            }
            return tree;
        }
    }
}
