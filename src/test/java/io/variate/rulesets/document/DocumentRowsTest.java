package io.variate.rulesets.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.rulesets.rows.Row;
import io.variate.rulesets.rows.RowChanges;
import io.variate.rulesets.rows.RowKey;
import io.variate.rulesets.rows.RowSet;
import io.variate.rulesets.rows.RulesetRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DocumentRowsTest {
    private static final String FLAT = "{\"revision\":7,\"deployments\":["
            + "{\"key\":\"k\",\"label\":\"unnamed\",\"type\":\"server\",\"flags\":[\"*\"]}],\"flags\":["
            + "{\"key\":\"f\",\"x\":\"\\ud800\",\"variants\":{\"on\":{\"key\":\"on\",\"payload\":1.0}},\"segments\":[]}],"
            + "\"cohorts\":[{\"id\":\"c\",\"memberIds\":[\"ü\"]}]}";

    @Test
    void writesTheFlatFormIfThereIsOnlyTheProjectWithoutAName() {
        assertThat(written(read(FLAT))).isEqualTo(FLAT);
        assertThat(written(RowSet.EMPTY)).isEqualTo("{\"revision\":7,\"deployments\":[],\"flags\":[],\"cohorts\":[]}");
    }

    @Test
    void writesProjectsWithTheirCredentials() {
        String json = "{\"revision\":7,\"projects\":{"
                + "\"\":{\"deployments\":[],\"flags\":[],\"cohorts\":[{\"id\":\"c\",\"memberIds\":[]}]},"
                + "\"empty\":{\"deployments\":[],\"flags\":[],\"cohorts\":[]},"
                + "\"p\":{\"apiKey\":\"a\\\"\",\"secretKey\":\"s\",\"deployments\":[],\"flags\":[],\"cohorts\":[]}}}";
        assertThat(written(read(json))).isEqualTo(json);
    }

    /** Edits are random; documents are compared as text, and rows by identity. */
    @ParameterizedTest
    @MethodSource("seeds")
    void aRandomDocumentSurvivesEdits(long seed) {
        Random random = new Random(seed);
        Model model = new Model(random);
        RowSet present = RowSet.EMPTY;
        for (int step = 0; step < 12; step++) {
            String json = model.json();
            RowSet next = read(json, present);
            assertThat(written(next)).isEqualTo(json);
            assertKeepsUnchangedRows(present, next);
            assertThat(next).isEqualTo(present.apply(present.changesTo(next)));
            present = next;
            model.edit();
        }
    }

    static List<Long> seeds() {
        return IntStream.range(0, 300).mapToObj(Long::valueOf).toList();
    }

    private static void assertKeepsUnchangedRows(RowSet before, RowSet after) {
        Set<Row> instances = Collections.newSetFromMap(new IdentityHashMap<>());
        instances.addAll(before.all());
        Map<RowKey, Row> byKey = new HashMap<>();
        before.all().forEach(row -> byKey.put(row.key(), row));
        for (Row row : after.all()) {
            Row earlier = byKey.get(row.key());
            if (earlier != null && row.equals(earlier)) {
                assertThat(instances).contains(row);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"a b x c d,1,0", "a c d,0,1", "d a b c,1,0", "b c d a,1,0", "a b c d,0,0", "x a b c d,1,0", "x,1,4"})
    void writesAsFewRowsAsPossible(String flags, int changed, int removed) {
        RowSet before = read(flags("a b c d"));
        RowChanges changes = before.changesTo(read(flags(flags), before));
        assertThat(changes.changed()).hasSize(changed);
        assertThat(changes.removed()).hasSize(removed);
    }

    @Test
    void keepsTheInstanceOfAKnownFlag() {
        CheckedRuleset before = CheckedRuleset.ofDocument(flags("a b"));
        RulesetDocument after = RulesetReader.read(flags("b a").replace("\"b\",", "\"b\",\"new\":1,"), before.known())
                .document();
        assertThat(after.flags().get(1)).isSameAs(before.document().flags().get(0));
        assertThat(after.flags().get(0)).isNotEqualTo(before.document().flags().get(1));
    }

    @Test
    void doesNotCompileUnchangedFlagsAgain() {
        CheckedRuleset before = CheckedRuleset.ofDocument(flags("a b"));
        CheckedRuleset after = CheckedRuleset.ofDocument(flags("a b"), before.known());
        assertThat(after.flags()).isSameAs(before.flags());
        assertThat(after.problems()).isEqualTo(before.problems());
    }

    private static String flags(String keys) {
        return "{\"flags\":["
                + List.of(keys.split(" ")).stream().map(DocumentRowsTest::flag).collect(Collectors.joining(","))
                + "]}";
    }

    private static String flag(String key) {
        return "{\"key\":\"" + key + "\",\"variants\":{},\"segments\":[]}";
    }

    private static RowSet read(String json) {
        return read(json, RowSet.EMPTY);
    }

    private static RowSet read(String json, RowSet present) {
        RulesetReader.Reading reading = RulesetReader.read(json);
        assertThat(reading.problems()).isEmpty();
        return reading.document().toRowSet(present);
    }

    private static String written(RowSet rows) {
        return DocumentWriter.json(RulesetRows.of("h", 7, rows));
    }

    /** A random document in the form that is written. */
    private static final class Model {
        private static final int KEYS = 8;

        private final Random random;
        private final TreeMap<String, Map<String, List<String>>> projects = new TreeMap<>();
        private int version;

        Model(Random random) {
            this.random = random;
            for (int i = 0; i < random.nextInt(4); i++) {
                projects.putIfAbsent(random.nextBoolean() ? "" : "p" + random.nextInt(3), content());
            }
            edit();
        }

        private static Map<String, List<String>> content() {
            Map<String, List<String>> content = new LinkedHashMap<>();
            List.of("deployments", "flags", "cohorts").forEach(kind -> content.put(kind, new ArrayList<>()));
            return content;
        }

        void edit() {
            if (random.nextInt(6) == 0) {
                String key = random.nextBoolean() ? "" : "p" + random.nextInt(3);
                if (projects.remove(key) == null) {
                    projects.put(key, content());
                }
            }
            projects.forEach((project, content) -> content.forEach((kind, definitions) -> {
                for (int i = 0; i < random.nextInt(4); i++) {
                    edit(project, kind, definitions);
                }
            }));
        }

        private void edit(String project, String kind, List<String> definitions) {
            if (!definitions.isEmpty() && random.nextInt(3) == 0) {
                String moved = definitions.remove(random.nextInt(definitions.size()));
                if (random.nextBoolean()) {
                    definitions.add(random.nextInt(definitions.size() + 1), moved);
                }
                return;
            }
            String key = kind.charAt(0) + project + random.nextInt(KEYS);
            definitions.removeIf(definition -> definition.contains("\"" + key + "\""));
            definitions.add(random.nextInt(definitions.size() + 1), definition(kind, key));
        }

        private String definition(String kind, String key) {
            version++;
            return switch (kind) {
                case "deployments" ->
                    "{\"key\":\"" + key + "\",\"label\":\"l" + version
                            + "\",\"type\":\"client\",\"zone\":\"z\",\"flags\":[\"*\"]}";
                case "flags" ->
                    "{\"key\":\"" + key + "\",\"unknown\":" + version + ".0,\"variants\":{},\"segments\":[]}";
                default -> "{\"id\":\"" + key + "\",\"memberIds\":[\"m" + version + "\"]}";
            };
        }

        String json() {
            if (projects.size() == 1
                    && projects.containsKey("")
                    && projects.get("").values().stream().allMatch(List::isEmpty)) {
                return "{\"revision\":7," + json(content()) + "}";
            }
            Map<String, String> texts = new LinkedHashMap<>();
            projects.forEach((key, content) -> {
                if (!key.isEmpty() || !content.values().stream().allMatch(List::isEmpty)) {
                    texts.put(key, json(content));
                }
            });
            if (texts.keySet().stream().allMatch(String::isEmpty)) {
                return "{\"revision\":7," + texts.getOrDefault("", json(content())) + "}";
            }
            return texts.entrySet().stream()
                    .map(text -> "\"" + text.getKey() + "\":{" + text.getValue() + "}")
                    .collect(Collectors.joining(",", "{\"revision\":7,\"projects\":{", "}}"));
        }

        private static String json(Map<String, List<String>> content) {
            return content.entrySet().stream()
                    .map(kind -> "\"" + kind.getKey() + "\":[" + String.join(",", kind.getValue()) + "]")
                    .collect(Collectors.joining(","));
        }
    }
}
