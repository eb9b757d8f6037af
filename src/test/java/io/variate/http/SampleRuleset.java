package io.variate.http;

/** The ruleset of tests of the public API. */
final class SampleRuleset {
    private static final String FLAGS = """
            [
              %s, %s, %s, %s, %s, %s, %s, %s, %s,
              {"key": "value-number", "segments": [{"variant": "on"}], "variants": {"on": {"key": "on", "value": 1.0}}},
              {"key": "value-boolean", "segments": [{"variant": "on"}], "variants": {"on": {"key": "on", "value": true}}},
              {"key": "value-object", "segments": [{"variant": "on"}], "variants": {"on": {"key": "on", "value": {"a": [1]}}}},
              {"key": "value-none", "segments": [{"variant": "on"}], "variants": {"on": {"key": "on"}}},
              {"key": "off-for-all", "segments": [{"variant": "off"}],
               "variants": {"off": {"key": "off", "metadata": {"default": true}}}},
              {"key": "group", "metadata": {"deployed": false}, "segments": [{"variant": "in"}],
               "variants": {"in": {"key": "in", "value": "in"}}},
              {"key": "child", "dependencies": ["parent"], "metadata": {"experimentKey": "exp-7"}, "segments": [
                 {"conditions": [[{"selector": ["result", "parent", "key"], "op": "is", "values": ["yes"]}]],
                  "variant": "on"}],
               "variants": {"on": {"key": "on", "value": "on"}}},
              {"key": "parent", "segments": [{"variant": "yes"}], "variants": {"yes": {"key": "yes", "value": "yes"}}},
              {"key": "premium", "segments": [
                 {"conditions": [[{"selector": ["context", "user", "user_properties", "plan"], "op": "is",
                   "values": ["premium"]}]], "variant": "on"}],
               "variants": {"on": {"key": "on", "value": "on"}}},
              {"key": "user", "segments": [
                 {"conditions": [[{"selector": ["context", "user", "user_id"], "op": "is", "values": ["query"]}]],
                  "variant": "query"},
                 {"conditions": [[{"selector": ["context", "user", "user_id"], "op": "is", "values": ["context"]}]],
                  "variant": "context"}],
               "variants": {"query": {"key": "query"}, "context": {"key": "context"}}},
              {"key": "device", "segments": [
                 {"conditions": [[{"selector": ["context", "user", "device_id"], "op": "is", "values": ["query"]}]],
                  "variant": "query"},
                 {"conditions": [[{"selector": ["context", "user", "device_id"], "op": "is", "values": ["context"]}]],
                  "variant": "context"}],
               "variants": {"query": {"key": "query"}, "context": {"key": "context"}}},
              {"key": "unicode", "segments": [
                 {"conditions": [[{"selector": ["context", "user", "user_id"], "op": "is", "values": ["J\\u00fcrgen \\ud83d\\ude80"]}]],
                  "variant": "on"}],
               "variants": {"on": {"key": "on", "value": "\\ud83d\\ude80"}}}
            ]
            """.formatted(
                    payload("object", "{\"b\": 1, \"a\": {\"deep\": [null]}}"),
                    payload("array", "[1, \"two\", null]"),
                    payload("string", "\"text\""),
                    payload("integer", "7"),
                    payload("decimal", "1.50"),
                    payload("true", "true"),
                    payload("false", "false"),
                    payload("empty", "\"\""),
                    payload("null", "null"));

    private SampleRuleset() {}

    static String revision(long revision) {
        return """
                {"revision": %d,
                 "deployments": [
                  {"key": "server-all", "label": "all", "type": "server", "zone": "us", "flags": ["*"]},
                  {"key": "client-all", "label": "other", "type": "client", "zone": "us", "flags": ["*"]},
                  {"key": "any-zone", "label": "any", "type": "server", "flags": ["*"]},
                  {"key": "bareProjectKey", "label": "bare", "type": "client", "zone": "us", "flags": ["child", "premium"],
                   "cacheSeconds": 60},
                  {"key": "server-none", "label": "none", "type": "server", "zone": "us", "flags": []},
                  {"key": "server-eu", "label": "eu", "type": "server", "zone": "eu", "flags": ["*"]}],
                 "flags": %s}
                """.formatted(revision, FLAGS);
    }

    private static String payload(String name, String json) {
        return """
                {"key": "payload-%s", "segments": [{"variant": "on"}],
                 "variants": {"on": {"key": "on", "value": "on", "payload": %s}}}
                """.formatted(name, json);
    }
}
