package io.variate.management.translation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The worked example of a management object and its evaluation flag. */
class WorkedExampleTest {
    private static final String HOLDOUT =
            "{\"id\":\"7\",\"projectId\":\"1\",\"key\":\"holdout-q4\",\"holdoutPercentage\":5,\"bucketingKey\":\"user_id\","
                    + "\"bucketingSalt\":\"h\",\"experiments\":[31]}";

    private static final String EXPERIMENT = """
            {"id":"31","projectId":"1","key":"checkout","enabled":true,"evaluationMode":"remote","bucketingKey":"user_id",
             "bucketingSalt":"q7RmZ2Ku","bucketingUnit":"User","stickyBucketing":true,
             "variants":[{"key":"control"},{"key":"treatment","payload":{"steps":1}}],"rolloutPercentage":0,
             "rolloutWeights":{"control":1,"treatment":1},
             "targetSegments":[{"name":"DACH","conditions":[
                {"type":"property","prop":"country","op":"is","values":["DE","AT","CH"]},
                {"type":"property","prop":"version","op":"greater or equal","values":["3.2.0"]},
                {"type":"property","prop":"gp:path","op":"glob match","values":["/shop/*"]}],
                "percentage":40,"rolloutWeights":{"control":1,"treatment":1}}],
             "inclusions":{"treatment":{"users":["qa-1"]}}}
            """;

    private static final String COMPILED = """
            {"key":"checkout","dependencies":["holdout-q4"],"metadata":{"deployed":true,"evaluationMode":"remote","experimentKey":"exp-1","flagType":"experiment","flagVersion":9},
             "segments":[
              {"metadata":{"segmentName":"individual-inclusions"},"variant":"treatment","conditions":[[{"selector":["context","user","user_id"],"op":"is","values":["qa-1"]}],[{"selector":["context","user","device_id"],"op":"is","values":["qa-1"]}]]},
              {"metadata":{"segmentName":"flag-dependencies"},"variant":"off","conditions":[[{"selector":["result","holdout-q4","key"],"op":"is not","values":["on"]}]]},
              {"metadata":{"segmentName":"sticky-bucketing"},"variant":"control","conditions":[[{"selector":["context","user","user_properties","[Experiment] checkout"],"op":"is","values":["control"]}]]},
              {"metadata":{"segmentName":"sticky-bucketing"},"variant":"treatment","conditions":[[{"selector":["context","user","user_properties","[Experiment] checkout"],"op":"is","values":["treatment"]}]]},
              {"metadata":{"segmentName":"DACH"},"variant":"off",
               "conditions":[[{"selector":["context","user","country"],"op":"is","values":["DE","AT","CH"]},{"selector":["context","user","version"],"op":"version greater or equal","values":["3.2.0"]},
                              {"selector":["context","user","user_properties","path"],"op":"regex match","values":["^/shop/.*$"]}]],
               "bucket":{"selector":["context","user","user_id"],"salt":"q7RmZ2Ku","allocations":[{"range":[0,40],"distributions":[{"variant":"control","range":[0,21474837]},{"variant":"treatment","range":[21474836,42949673]}]}]}},
              {"metadata":{"segmentName":"All Other Users"},"variant":"off"}],
             "variants":{"control":{"key":"control","value":"control"},"treatment":{"key":"treatment","value":"treatment","payload":{"steps":1}},"off":{"key":"off","metadata":{"default":true}}}}
            """;

    @Test
    void theExampleCompilesToItsExactText() {
        Resources resources = Resources.of(HOLDOUT, EXPERIMENT);

        Compilation compilation = resources.compile("checkout", 9);

        assertThat(compilation.definition()).isEqualTo(COMPILED.replaceAll("\n *", ""));
        assertThat(compilation.problems()).isEmpty();
    }
}
