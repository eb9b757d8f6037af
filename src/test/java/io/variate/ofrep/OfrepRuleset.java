package io.variate.ofrep;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Flags of every type, and one for every reason. */
final class OfrepRuleset {
    private OfrepRuleset() {}

    static String revision(long revision) {
        return revision(revision, "premium");
    }

    /** @param plan of the users for whom the flag {@code switch} is on */
    static String revision(long revision, String plan) {
        return """
                {"revision": %d,
                 "deployments": [
                  {"key": "server-key", "label": "server", "type": "server", "zone": "us", "flags": ["*"]},
                  {"key": "client-key", "label": "client", "type": "client", "zone": "us", "flags": ["switch", "child"]},
                  {"key": "empty-key", "label": "empty", "type": "server", "zone": "us", "flags": []},
                  {"key": "eu-key", "label": "eu", "type": "server", "zone": "eu", "flags": ["*"]}],
                 "flags": [%s]}
                """.formatted(
                        revision,
                        String.join(
                                ",\n",
                                """
                        {"key": "switch", "metadata": {"experimentKey": "exp-1", "flagVersion": 3, "tags": ["a"], "owner": {"name": "b"},
                          "ratio": 0.5, "nothing": null},
                         "variants": {"on": {"key": "on", "value": "on"}, "off": {"key": "off", "metadata": {"default": true}}},
                         "segments": [
                          {"metadata": {"segmentName": "Premium"}, "variant": "on",
                           "conditions": [[{"selector": ["context", "user", "user_properties", "plan"], "op": "is", "values": ["%s"]}]]},
                          {"metadata": {"segmentName": "All Other Users"}, "variant": "off"}]}""".formatted(plan),
                                """
                        {"key": "disabled",
                         "variants": {"on": {"key": "on"}, "off": {"key": "off", "metadata": {"default": true}}},
                         "segments": [{"metadata": {"segmentName": "default"}, "variant": "off"}]}""",
                                """
                        {"key": "split",
                         "variants": {"blue": {"key": "blue", "value": "b"}, "off": {"key": "off", "metadata": {"default": true}}},
                         "segments": [{"variant": "off", "bucket": {"selector": ["context", "user", "user_id"], "salt": "s",
                          "allocations": [{"range": [0, 100],
                           "distributions": [{"variant": "blue", "range": [0, 42949673]}]}]}}]}""",
                                """
                        {"key": "nothing", "variants": {"on": {"key": "on"}}, "segments": [
                          {"variant": "on", "conditions": [[
                           {"selector": ["context", "user", "user_id"], "op": "is", "values": ["nobody"]}]]}]}""",
                                """
                        {"key": "nobody", "variants": {"on": {"key": "on"}}, "segments": [{"variant": "on", "conditions": []}]}""",
                                """
                        {"key": "nothing-at-all", "variants": {}, "segments": []}""",
                                """
                        {"key": "default-of-several",
                         "variants": {"blue": {"key": "blue", "value": "b"},
                                      "off": {"key": "off", "value": "off", "payload": 1, "metadata": {"default": true}}},
                         "segments": [{"variant": "off"}]}""",
                                """
                        {"key": "child", "dependencies": ["parent"],
                         "variants": {"yes": {"key": "yes", "value": "y"}},
                         "segments": [{"variant": "yes",
                          "conditions": [[{"selector": ["result", "parent", "key"], "op": "is", "values": ["in"]}]]}]}""",
                                """
                        {"key": "parent", "metadata": {"deployed": false},
                         "variants": {"in": {"key": "in"}}, "segments": [{"variant": "in"}]}""",
                                """
                        {"key": "wörter/and more", "variants": {"a": {"key": "a", "value": "ü"}},
                         "segments": [{"variant": "a"}]}""",
                                variant("text", "\"value\": \"v\""),
                                variant("key-only", ""),
                                variant("number", "\"value\": 7"),
                                variant("fraction", "\"value\": 1.0"),
                                variant("truth", "\"value\": false"),
                                variant("object", "\"value\": {\"a\": [1]}"),
                                variant(
                                        "payload-object",
                                        "\"value\": \"v\", \"payload\": {\"b\": 1, \"a\": {\"deep\": [null]}}"),
                                variant("payload-list", "\"value\": \"v\", \"payload\": [1, \"two\", null]"),
                                variant("payload-text", "\"value\": \"v\", \"payload\": \"text\""),
                                variant("payload-integer", "\"value\": \"v\", \"payload\": 7"),
                                variant("payload-fraction", "\"value\": \"v\", \"payload\": 1.5"),
                                variant("payload-false", "\"value\": \"v\", \"payload\": false"),
                                variant("payload-null", "\"value\": \"v\", \"payload\": null"),
                                """
                        {"key": "on-with-payload",
                         "variants": {"on": {"key": "on", "value": "on", "payload": {"color": "teal"}},
                                      "off": {"key": "off", "metadata": {"default": true}}},
                         "segments": [{"variant": "on"}]}""",
                                """
                        {"key": "off-with-payload",
                         "variants": {"on": {"key": "on", "value": "on", "payload": {"color": "teal"}},
                                      "off": {"key": "off", "metadata": {"default": true}}},
                         "segments": [{"variant": "off"}]}""",
                                """
                        {"key": "on-by-another-value", "variants": {"on": {"key": "on", "value": "blue"}},
                         "segments": [{"variant": "on"}]}""",
                                field("user_id", "u"),
                                field("device_id", "d"),
                                field("country", "c"),
                                field("version", "v"),
                                field("browser", "b"),
                                property("email", "e"),
                                property("platform", "mine"),
                                group()));
    }

    /** Many flags of the same form. */
    static String ofFlags(int count) {
        String flags = IntStream.range(0, count)
                .mapToObj(number -> variant("flag-" + number, "\"value\": \"some text\""))
                .collect(Collectors.joining(","));
        return """
                {"revision": 7, "deployments": [
                  {"key": "server-key", "label": "server", "type": "server", "zone": "us", "flags": ["*"]}],
                 "flags": [%s]}
                """.formatted(flags);
    }

    private static String variant(String flagKey, String content) {
        return """
                {"key": "%s", "variants": {"treatment": {"key": "treatment"%s}}, "segments": [{"variant": "treatment"}]}""".formatted(flagKey, content.isEmpty() ? "" : ", " + content);
    }

    /** A flag that is on for a value of a field of the user. */
    private static String field(String name, String value) {
        return on("field-" + name, "[\"context\", \"user\", \"" + name + "\"]", value);
    }

    private static String property(String name, String value) {
        return on("property-" + name, "[\"context\", \"user\", \"user_properties\", \"" + name + "\"]", value);
    }

    private static String group() {
        return on("group", "[\"context\", \"groups\", \"org\", \"group_properties\", \"tier\"]", "gold");
    }

    private static String on(String flagKey, String selector, String value) {
        return """
                {"key": "%s", "variants": {"on": {"key": "on"}, "off": {"key": "off"}}, "segments": [
                  {"variant": "on", "conditions": [[{"selector": %s, "op": "is", "values": ["%s"]}]]},
                  {"variant": "off"}]}""".formatted(flagKey, selector, value);
    }
}
