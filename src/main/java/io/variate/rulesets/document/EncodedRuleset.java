package io.variate.rulesets.document;

/**
 * A ruleset as it travels between source, nodes and disk: never compiled objects.
 *
 * <p>Hazelcast writes it in its compact format, which lets later versions add fields.
 *
 * @param revision as in the document
 * @param json the ruleset document
 */
public record EncodedRuleset(long revision, String json) {
    @Override
    public String toString() {
        return "EncodedRuleset[revision=" + revision + ", " + json.length() + " characters]";
    }
}
