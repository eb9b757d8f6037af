package io.variate.rulesets.document;

/**
 * A ruleset in the form that sources, nodes and snapshots exchange: text, never compiled objects.
 *
 * <p>Hazelcast serializes it in its compact format, so later versions can add fields.
 *
 * @param revision the revision, which may differ from the one in the document
 * @param json the ruleset document
 */
public record EncodedRuleset(long revision, String json) {
    @Override
    public String toString() {
        return "EncodedRuleset[revision=" + revision + ", " + json.length() + " characters]";
    }
}
