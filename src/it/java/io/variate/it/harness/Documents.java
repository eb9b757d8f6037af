package io.variate.it.harness;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Ruleset documents for tests. */
public final class Documents {
    public static final String KEY = "server-it-key";

    /** How many different results {@link #digits} has. */
    public static final int DIGITS = 1000;

    private static final List<String> PLACES = List.of("ones", "tens", "hundreds");

    private Documents() {}

    /** One deployment and one flag {@code colour}, which everybody gets with the given value. */
    public static String colour(String value) {
        return document(List.of(deployment()), List.of(colourFlag(value))).encode();
    }

    public static JsonObject deployment() {
        return new JsonObject()
                .put("key", KEY)
                .put("label", "it")
                .put("type", "server")
                .put("flags", JsonArray.of("*"));
    }

    /** One deployment and three flags, whose variants are the digits of the number that a user has among its properties. */
    public static String digits() {
        return document(
                        List.of(deployment()),
                        PLACES.stream().map(Documents::digitFlag).toList())
                .encode();
    }

    private static JsonObject digitFlag(String place) {
        JsonObject variants = new JsonObject();
        JsonArray segments = new JsonArray();
        for (int digit = 0; digit < 10; digit++) {
            String variant = Integer.toString(digit);
            variants.put(variant, new JsonObject().put("key", variant).put("value", variant));
            JsonObject condition = new JsonObject()
                    .put("selector", JsonArray.of("context", "user", "user_properties", place))
                    .put("op", "is")
                    .put("values", JsonArray.of(variant));
            segments.add(new JsonObject()
                    .put("conditions", JsonArray.of(JsonArray.of(condition)))
                    .put("variant", variant));
        }
        return new JsonObject().put("key", place).put("variants", variants).put("segments", segments);
    }

    /** The user object that gets the digits of a number, which is less than {@link #DIGITS}. */
    public static JsonObject digitsUser(int number) {
        JsonObject properties = new JsonObject();
        int rest = number;
        for (String place : PLACES) {
            properties.put(place, Integer.toString(rest % 10));
            rest /= 10;
        }
        return new JsonObject().put("user_properties", properties);
    }

    public static JsonObject document(List<JsonObject> deployments, List<JsonObject> flags) {
        return new JsonObject().put("deployments", new JsonArray(deployments)).put("flags", new JsonArray(flags));
    }

    public static JsonObject colourFlag(String value) {
        JsonObject variant = new JsonObject().put("key", "on").put("value", value);
        return new JsonObject()
                .put("key", "colour")
                .put("variants", new JsonObject().put("on", variant))
                .put("segments", JsonArray.of(new JsonObject().put("variant", "on")));
    }

    /** The answer that {@link #colour} gives to everybody. */
    public static String colourAnswer(String value) {
        return """
                {"colour":{"key":"on","value":"%s"}}""".formatted(value);
    }
}
