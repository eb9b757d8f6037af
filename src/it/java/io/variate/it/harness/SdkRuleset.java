package io.variate.it.harness;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;

/** Rulesets for tests with SDKs: what a server key and a client key are given, and who owns cohorts. */
public final class SdkRuleset {
    public static final String SERVER_KEY = "server-sdk-key";
    public static final String CLIENT_KEY = "client-sdk-key";
    public static final String API_KEY = "project-api-key";
    public static final String SECRET_KEY = "project-secret-key";

    private SdkRuleset() {}

    /** A document with some flags, each deployed to both keys. */
    public static JsonObject document(JsonObject... flags) {
        return Documents.document(
                List.of(deployment(SERVER_KEY, "server"), deployment(CLIENT_KEY, "client")), List.of(flags));
    }

    private static JsonObject deployment(String key, String type) {
        return new JsonObject()
                .put("key", key)
                .put("label", type)
                .put("type", type)
                .put("flags", JsonArray.of("*"));
    }

    /** A flag with value {@code on} for users who match the condition, and off for all others. */
    public static JsonObject flag(String key, String evaluationMode, JsonObject condition) {
        return new JsonObject()
                .put("key", key)
                .put(
                        "metadata",
                        new JsonObject()
                                .put("deployed", true)
                                .put("evaluationMode", evaluationMode)
                                .put("experimentKey", "exp-1")
                                .put("flagType", "experiment")
                                .put("flagVersion", 1))
                .put(
                        "segments",
                        JsonArray.of(
                                segment("Chosen", "on").put("conditions", JsonArray.of(JsonArray.of(condition))),
                                segment("All Other Users", "off")))
                .put(
                        "variants",
                        new JsonObject()
                                .put("on", new JsonObject().put("key", "on").put("value", "on"))
                                .put(
                                        "off",
                                        new JsonObject()
                                                .put("key", "off")
                                                .put("metadata", new JsonObject().put("default", true))));
    }

    private static JsonObject segment(String name, String variant) {
        return new JsonObject()
                .put("metadata", new JsonObject().put("segmentName", name))
                .put("variant", variant);
    }

    /** That something of the user is one of some values. */
    public static JsonObject is(String property, String... values) {
        return condition("is", List.of("context", "user", property), values);
    }

    /** That the user is in one of some cohorts. */
    public static JsonObject inCohort(String... cohorts) {
        return condition("set contains any", List.of("context", "user", "cohort_ids"), cohorts);
    }

    /** That the user's first group of a type is in one of some cohorts. */
    public static JsonObject groupInCohort(String type, String... cohorts) {
        return condition("set contains any", List.of("context", "groups", type, "cohort_ids"), cohorts);
    }

    private static JsonObject condition(String operator, List<String> selector, String... values) {
        return new JsonObject()
                .put("selector", new JsonArray(selector))
                .put("op", operator)
                .put("values", new JsonArray(Stream.of(values).toList()));
    }
}
