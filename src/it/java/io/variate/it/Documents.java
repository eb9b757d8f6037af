package io.variate.it;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Ruleset documents for tests. */
final class Documents {
    static final String KEY = "server-it-key";

    private Documents() {}

    /** One deployment and one flag {@code colour}, which everybody gets with the given value. */
    static String colour(String value) {
        return document(
                        List.of(new JsonObject()
                                .put("key", KEY)
                                .put("label", "it")
                                .put("type", "server")
                                .put("flags", JsonArray.of("*"))),
                        List.of(colourFlag(value)))
                .encode();
    }

    static JsonObject document(List<JsonObject> deployments, List<JsonObject> flags) {
        return new JsonObject().put("deployments", new JsonArray(deployments)).put("flags", new JsonArray(flags));
    }

    static JsonObject colourFlag(String value) {
        JsonObject variant = new JsonObject().put("key", "on").put("value", value);
        return new JsonObject()
                .put("key", "colour")
                .put("variants", new JsonObject().put("on", variant))
                .put("segments", JsonArray.of(new JsonObject().put("variant", "on")));
    }

    /** The answer that {@link #colour} gives to everybody. */
    static String colourAnswer(String value) {
        return "{\"colour\":{\"key\":\"on\",\"value\":\"" + value + "\"}}";
    }
}
