package io.variate.management.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Json;
import io.variate.json.Problem;
import io.variate.json.Problems;
import io.variate.management.model.AllocationMode;
import io.variate.management.model.ManagedFlag;
import io.variate.management.model.MutexGroup;
import io.variate.management.model.RawFlag;
import io.variate.management.model.Resource;
import io.variate.management.model.ResourceKind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceFormatTest {
    private static final String EXPERIMENT = """
            {"id":"31","projectId":"1","deployments":["14"],"key":"checkout","name":"Checkout","description":"One page",
             "enabled":true,"evaluationMode":"local","bucketingKey":"user_id","bucketingSalt":"q7RmZ2Ku","bucketingUnit":"User",
             "variants":[{"key":"control"},{"key":"treatment","name":"T","description":"d","payload":{"b":1,"a":1.0}}],
             "rolloutPercentage":12.5,"rolloutWeights":{"control":1,"treatment":2},"allocationMode":"fine",
             "targetSegments":[{"name":"DACH","conditions":[{"type":"property","prop":"gp:plan","op":"is","values":["a","b"]},
               {"type":"property","prop":"group_name","op":"is","values":["x"],"groupType":"org"}],
               "percentage":40,"rolloutWeights":{"treatment":1},"bucketingKey":"device_id","allocationMode":"percent"}],
             "parentDependencies":{"flags":{"7":["on"]},"operator":"all"},
             "inclusions":{"treatment":{"users":["qa-1"],"cohorts":["c"]}},"tags":["web"],
             "experimentType":"a-b-test","stickyBucketing":true,"state":"running","startDate":"2026-01-01","endDate":null,
             "decision":null,"decisionReason":null,"rolledOutVariant":null,
             "exposureEvent":{"event_type":"Seen","filters":[]},"run":2,"testInstrumentation":true,
             "metadata":{"deliveryMethod":"feature"},"deleted":false,"managed":true}
            """;

    private static Object tree(String json) {
        return Objects.requireNonNull(Json.parseStrict(json));
    }

    private static @Nullable Resource read(ResourceKind kind, String json, List<Problem> found) {
        return ResourceReader.read(kind, tree(json), new Problems("", found));
    }

    private static Resource read(ResourceKind kind, String json) {
        List<Problem> found = new ArrayList<>();
        Resource resource = read(kind, json, found);
        assertThat(found).isEmpty();
        return Objects.requireNonNull(resource);
    }

    @Test
    void anExperimentKeepsEveryField() {
        Resource experiment = read(ResourceKind.EXPERIMENT, EXPERIMENT);

        Map<String, @Nullable Object> written = ResourceWriter.tree(experiment);
        assertThat(Json.parse(Json.write(written))).isEqualTo(Json.parse(EXPERIMENT));
        assertThat(ResourceReader.read(ResourceKind.EXPERIMENT, written, new Problems("", new ArrayList<>())))
                .isEqualTo(experiment);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.0", "1e3", "9223372036854775808", "{\"b\":1,\"a\":2}", "\"ü\"", "{}", "[null]"})
    void payloadsKeepTheirText(String payload) {
        Resource flag = read(
                ResourceKind.FLAG,
                "{\"projectId\":\"1\",\"key\":\"f\",\"variants\":[{\"key\":\"on\",\"payload\":" + payload + "}]}");

        assertThat(ResourceWriter.json(flag)).contains("\"payload\":" + payload + "}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"enabled\":\"yes\" | enabled",
                "\"unknown\":1 | unknown",
                "\"rolloutPercentage\":101 | rolloutPercentage",
                "\"rolloutPercentage\":1e999999 | rolloutPercentage",
                "\"rolloutPercentage\":0.00001 | rolloutPercentage",
                "\"rolloutPercentage\":0.5,\"allocationMode\":\"percent\" | rolloutPercentage",
                "\"rolloutWeights\":{\"on\":-1} | rolloutWeights.on",
                "\"rolloutWeights\":{\"on\":1.5} | rolloutWeights.on",
                "\"name\":\"a\\u0000b\" | name",
                "\"name\":\"\\ud800\" | name",
                "\"variants\":[] | variants",
                "\"variants\":[{\"key\":\"on\"},{\"key\":\"on\"}] | variants[1].key",
                "\"variants\":[{\"key\":\"off\"}] | variants[0].key",
                "\"variants\":[{\"name\":\"on\"}] | variants[0].key",
                "\"targetSegments\":[{\"name\":\"s\",\"conditions\":[],\"rolloutWeights\":{}}] | targetSegments[0].percentage",
                "\"targetSegments\":[{\"name\":\"s\",\"conditions\":[{\"type\":\"property\",\"prop\":\"a\",\"op\":\"like\",\"values\":[]}],\"percentage\":0,\"rolloutWeights\":{}}] | targetSegments[0].conditions[0].op",
                "\"parentDependencies\":{\"flags\":{\"x\":[]}} | parentDependencies.flags.x",
                "\"inclusions\":{\"maybe\":{\"users\":[\"u\"]}} | inclusions.maybe",
                "\"deployments\":[0] | deployments[0]",
                "\"metadata\":{\"flagVersion\":1} | metadata.flagVersion",
            })
    void reportsAnInvalidFieldWithItsPath(String field, String path) {
        List<Problem> found = new ArrayList<>();
        String variants = field.contains("\"variants\"") ? "" : ",\"variants\":[{\"key\":\"on\"}]";

        Resource flag =
                read(ResourceKind.FLAG, "{\"projectId\":\"1\",\"key\":\"f\"" + variants + "," + field + "}", found);

        assertThat(flag).isNull();
        assertThat(found).extracting(Problem::path).containsExactly(path);
    }

    @Test
    void rejectsMoreInclusionsThanTheLimit() {
        String users =
                Json.write(IntStream.range(0, 2_001).mapToObj(i -> "u" + i).toList());
        List<Problem> found = new ArrayList<>();

        read(
                ResourceKind.FLAG,
                "{\"projectId\":\"1\",\"key\":\"f\",\"variants\":[{\"key\":\"on\"}],\"inclusions\":{\"on\":{\"users\":"
                        + users + "}}}",
                found);

        assertThat(found)
                .containsExactly(new Problem("inclusions.on.users", "must not have more than 2000 elements, has 2001"));
    }

    @Test
    void aRawFlagKeepsATextThatIsNotCanonical() {
        for (String definition : List.of("{\"key\":\"f\",\"n\":1.50}", "{ \"key\" : \"f\" }", "{broken", "[1]")) {
            RawFlag flag =
                    new RawFlag(5, "p", "f", ResourceKind.MUTEX, "f", "", definition, List.of(3L), List.of(), false);

            assertThat(read(ResourceKind.MUTEX, ResourceWriter.json(flag))).isEqualTo(flag);
        }
    }

    @Test
    void aPatchReplacesOnlyItsFields() {
        ManagedFlag flag = (ManagedFlag) read(ResourceKind.EXPERIMENT, EXPERIMENT);
        List<Problem> found = new ArrayList<>();

        Resource patched = new ResourcePatch(Map.of("name", "New", "archive", true, "tags", List.of("b")))
                .applyTo(flag, new Problems("", found));

        assertThat(found).isEmpty();
        assertThat(patched)
                .isEqualTo(flag.edit()
                        .name("New")
                        .archived(true)
                        .tags(List.of("b"))
                        .build());
    }

    @Test
    void aPatchCannotChangeTheKey() {
        List<Problem> found = new ArrayList<>();

        new ResourcePatch(Map.of("key", "other"))
                .applyTo(read(ResourceKind.EXPERIMENT, EXPERIMENT), new Problems("", found));

        assertThat(found).containsExactly(new Problem("key", "cannot be changed"));
    }

    @Test
    void aPatchedSegmentKeepsItsAllocationMode() {
        ManagedFlag flag = (ManagedFlag)
                patch(
                        ManagedFlag.create(ResourceKind.FLAG, "", "f", "user_id", "s"),
                        "{\"targetSegments\":[{\"name\":\"s\",\"conditions\":[],\"percentage\":0.5,\"rolloutWeights\":{\"on\":1}}]}");
        ManagedFlag grown = (ManagedFlag)
                patch(
                        flag,
                        "{\"targetSegments\":[{\"name\":\"s\",\"conditions\":[],\"percentage\":10,\"rolloutWeights\":{\"on\":1}}]}");

        assertThat(grown.targetSegments().get(0).rollout().mode()).isEqualTo(AllocationMode.FINE);
        assertThat(grown.targetSegments().get(0).rollout().percentage()).isEqualTo(BigDecimal.TEN);
    }

    @Test
    void aPatchToAFractionChangesTheModeOfTheRollout() {
        ManagedFlag flag = (ManagedFlag)
                patch(ManagedFlag.create(ResourceKind.FLAG, "", "f", "user_id", "s"), "{\"rolloutPercentage\":0.1}");

        assertThat(flag.rollout().mode()).isEqualTo(AllocationMode.FINE);
    }

    @Test
    void aCreatedExperimentHasEqualWeights() {
        ManagedFlag base = ManagedFlag.create(ResourceKind.EXPERIMENT, "", "f", "user_id", "s");
        @SuppressWarnings("unchecked")
        Map<String, @Nullable Object> body =
                (Map<String, @Nullable Object>) tree("{\"variants\":[{\"key\":\"a\"},{\"key\":\"b\"}]}");

        ManagedFlag flag = (ManagedFlag)
                Objects.requireNonNull(ResourcePatch.create(base, body, new Problems("", new ArrayList<>())));

        assertThat(flag.rollout().weights()).containsExactly(Map.entry("a", 1L), Map.entry("b", 1L));
    }

    @Test
    void aBodyWithADefinitionCreatesARawFlag() {
        ManagedFlag base = ManagedFlag.create(ResourceKind.FLAG, "", "m", "user_id", "s");
        Map<String, @Nullable Object> body =
                Map.of("definition", Map.of("key", "m", "metadata", Map.of("flagType", "mutual-exclusion-group")));

        Resource raw = Objects.requireNonNull(ResourcePatch.create(base, body, new Problems("", new ArrayList<>())));

        assertThat(raw).isInstanceOf(RawFlag.class);
        assertThat(raw.kind()).isEqualTo(ResourceKind.MUTEX);
    }

    @Test
    void aMutexHasDefaultsForItsSlots() {
        MutexGroup group = (MutexGroup)
                read(
                        ResourceKind.MUTEX,
                        "{\"projectId\":\"1\",\"key\":\"m\",\"slots\":[{\"percentage\":30,\"experiments\":[1,\"2\"]},{\"percentage\":70}]}");

        assertThat(group.variantsOf(2)).containsExactly("slot-1");
        assertThat(group.slots().get(1).name()).isEqualTo("SLOT 2");
    }

    @Test
    void rejectsSlotsAbove100Percent() {
        List<Problem> found = new ArrayList<>();

        read(
                ResourceKind.MUTEX,
                "{\"projectId\":\"1\",\"key\":\"m\",\"slots\":[{\"percentage\":50},{\"percentage\":51}]}",
                found);

        assertThat(found)
                .containsExactly(new Problem("slots", "must not have percentages above 100 together, have 101"));
    }

    @Test
    void aPatchedSlotKeepsItsOtherLists() {
        MutexGroup group = (MutexGroup)
                read(
                        ResourceKind.MUTEX,
                        "{\"projectId\":\"1\",\"key\":\"m\",\"slots\":[{\"percentage\":30,\"experiments\":[1],\"individuals\":[\"u\"]}]}");

        MutexGroup patched = Objects.requireNonNull(
                ResourceReader.patchSlot(group, 1, tree("{\"experiments\":[2]}"), new Problems("", new ArrayList<>())));

        assertThat(patched.slots().get(0).experiments()).containsExactly(2L);
        assertThat(patched.slots().get(0).individuals()).containsExactly("u");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "HOLDOUT | {\"id\":\"3\",\"projectId\":\"p\",\"name\":\"H\",\"key\":\"h\",\"description\":\"\",\"holdoutPercentage\":5,\"evaluationMode\":\"local\",\"bucketingKey\":\"user_id\",\"bucketingSalt\":\"s\",\"bucketingUnit\":\"User\",\"variantName\":\"on\",\"experiments\":[4],\"individualInclusion\":[\"u\"],\"individualExclusion\":[],\"deleted\":false,\"managed\":true}",
                "DEPLOYMENT | {\"id\":\"3\",\"projectId\":\"p\",\"label\":\"web\",\"key\":\"client-1\",\"type\":\"client\",\"zone\":\"eu\",\"cacheSeconds\":5,\"remoteRules\":false,\"evaluationId\":false,\"allFlags\":true,\"deleted\":true}",
                "COHORT | {\"id\":\"3\",\"projectId\":\"p\",\"key\":\"c\",\"deleted\":false,\"definition\":{\"id\":\"c\",\"memberIds\":[\"u\"]}}",
                "PROJECT | {\"id\":\"3\",\"projectId\":\"p\",\"name\":\"P\",\"description\":\"\",\"production\":true,\"settings\":{},\"deleted\":false}",
            })
    void otherResourcesKeepEveryField(ResourceKind kind, String json) {
        assertThat(ResourceWriter.json(read(kind, json))).isEqualTo(json);
    }

    @Test
    void aProjectThatIsNotProductionHasTheFormOfEarlierReleases() {
        String json = "{\"id\":\"3\",\"projectId\":\"p\",\"name\":\"P\",\"production\":false}";

        assertThat(ResourceWriter.json(read(ResourceKind.PROJECT, json)))
                .isEqualTo("{\"id\":\"3\",\"projectId\":\"p\",\"name\":\"P\",\"description\":\"\",\"settings\":{},"
                        + "\"deleted\":false}");
    }

    private static Resource patch(Resource resource, String json) {
        @SuppressWarnings("unchecked")
        Map<String, @Nullable Object> fields = (Map<String, @Nullable Object>) tree(json);
        List<Problem> found = new ArrayList<>();
        Resource patched = new ResourcePatch(fields).applyTo(resource, new Problems("", found));
        assertThat(found).isEmpty();
        return Objects.requireNonNull(patched);
    }
}
