package io.variate.commandline.resources;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportAmplitudeTest {
    private static final String OFF = "\"off\":{\"key\":\"off\",\"metadata\":{\"default\":true}}";

    /** A holdout with an id of Amplitude's, an experiment in it, and a flag with a bucket beside another variant than off. */
    private static final String FLAGS = """
            [{"key":"holdout-q4","metadata":{"deployed":false,"evaluationMode":"local","flagType":"holdout-group","flagVersion":1},
              "segments":[{"metadata":{"segmentName":"All Other Users"},"variant":"off","bucket":{"selector":["context","user","user_id"],
                "salt":"h","allocations":[{"range":[0,100],"distributions":[{"variant":"holdout","range":[0,2147484]},{"variant":"on","range":[2147483,42949673]}]}]}}],
              "variants":{"holdout":{"key":"holdout","value":"holdout","payload":{"flagIds":[]}},"on":{"key":"on","value":"on","payload":{"flagIds":["42953"]}},OFF}},
             {"key":"checkout","dependencies":["holdout-q4"],"metadata":{"deployed":true,"evaluationMode":"local","experimentKey":"exp-2","flagType":"experiment","flagVersion":9},
              "segments":[{"metadata":{"segmentName":"flag-dependencies"},"variant":"off","conditions":[[{"selector":["result","holdout-q4","key"],"op":"is not","values":["on"]}]]},
               {"metadata":{"segmentName":"All Other Users"},"variant":"off","bucket":{"selector":["context","user","user_id"],"salt":"s",
                "allocations":[{"range":[0,40],"distributions":[{"variant":"control","range":[0,21474837]},{"variant":"treatment","range":[21474836,42949673]}]}]}}],
              "variants":{OFF,"control":{"key":"control","value":"control"},"treatment":{"key":"treatment","value":"treatment","payload":{"price":1.50}}}},
             {"key":"odd","metadata":{"deployed":true,"evaluationMode":"local","flagType":"release","flagVersion":1},
              "segments":[{"metadata":{"segmentName":"All Other Users"},"variant":"on","bucket":{"selector":["context","user","user_id"],"salt":"s",
                "allocations":[{"range":[0,40],"distributions":[{"variant":"on","range":[0,42949673]}]}]}}],
              "variants":{OFF,"on":{"key":"on","value":"on"}}}]
            """.replace("OFF", OFF);

    private static final String MANAGEMENT = """
            {"deployments":[{"id":"14","projectId":"289220","label":"web","key":"client-abc","deleted":false}],
             "flags":[{"id":"7","projectId":"289220","deployments":["14"],"key":"base","name":"base","description":"","enabled":true,
               "evaluationMode":"remote","bucketingKey":"user_id","bucketingSalt":"b","bucketingUnit":"User","variants":[{"key":"on"}],
               "rolloutPercentage":10,"rolloutWeights":{"on":1},"targetSegments":[],"parentDependencies":null,"createdBy":"a@b.c"}],
             "experiments":[{"id":"9","projectId":"289220","deployments":["14"],"key":"e","variants":[{"key":"control"},{"key":"treatment"}],
               "parentDependencies":{"flags":{"7":["on"],"12":["slot-1"]},"operator":"all"},"experimentType":"a-b-test"}],
             "mutexes":[{"id":"12","projectId":"289220","name":"M","key":"m","description":null,
               "slots":[{"name":"SLOT 1","index":1,"variantKey":"slot-1","percentage":100,"experiments":[9],"holdouts":[],"individuals":[],"cohorts":[]}]}]}
            """;

    @TempDir
    private Path directory;

    private List<String> run(String option, String document) throws IOException {
        Path file = directory.resolve("document.json");
        Files.writeString(file, document);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int status = new ResourceCommands(out, Map.of())
                .run(
                        "import",
                        List.of(
                                "amplitude",
                                option,
                                file.toString(),
                                "--dir",
                                directory.resolve("out").toString()));
        assertThat(status).isZero();
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private Map<?, ?> file(String path) throws IOException {
        return (Map<?, ?>) Objects.requireNonNull(
                Json.parse(Files.readString(directory.resolve("out").resolve(path))));
    }

    @Test
    void reportsEachFlagAsManagedOrRawWithTheReason() throws IOException {
        assertThat(run("--flags", FLAGS))
                .containsExactly(
                        "managed: holdout-q4",
                        "managed: checkout",
                        "raw: odd: has a bucket beside another variant than off");
    }

    @Test
    void groupsNameTheirExperiments() throws IOException {
        run("--flags", FLAGS);

        assertThat(file("1/holdouts/holdout-q4.json").get("experiments")).isEqualTo(List.of("checkout"));
        assertThat(file("1/holdouts/holdout-q4.json").get("holdoutPercentage")).isEqualTo(5L);
    }

    @Test
    void anExperimentKeepsItsRunWeightsAndPayloads() throws IOException {
        run("--flags", FLAGS);

        Map<?, ?> experiment = file("1/experiments/checkout.json");
        assertThat(experiment.get("run")).isEqualTo(2L);
        assertThat(experiment.get("rolloutPercentage")).isEqualTo(40L);
        assertThat(experiment.get("rolloutWeights")).isEqualTo(Map.of("control", 1L, "treatment", 1L));
        assertThat(Files.readString(directory.resolve("out/1/experiments/checkout.json")))
                .contains("\"price\": 1.50\n");
    }

    @Test
    void aRawFlagKeepsItsDefinition() throws IOException {
        run("--flags", FLAGS);

        assertThat(file("1/flags/odd.json").get("managed")).isEqualTo(false);
        assertThat(((Map<?, ?>) Objects.requireNonNull(file("1/flags/odd.json").get("definition"))).get("key"))
                .isEqualTo("odd");
    }

    @Test
    void importsObjectsOfTheManagementApiWithNamesInsteadOfIds() throws IOException {
        assertThat(run("--management", MANAGEMENT))
                .contains("managed: flag base", "managed: experiment e", "managed: mutex m", "managed: deployment web");

        assertThat(file("1/flags/base.json").get("deployments")).isEqualTo(List.of("web"));
        assertThat(file("1/experiments/e.json").get("parentDependencies"))
                .isEqualTo(Map.of("flags", Map.of("base", List.of("on")), "operator", "all"));
        assertThat(Files.readString(directory.resolve("out/1/mutexes/m.json"))).contains("\"e\"");
        assertThat(Files.readString(directory.resolve("out/1/deployments/web.json")))
                .contains("\"type\": \"client\"")
                .doesNotContain("client-abc");
    }
}
