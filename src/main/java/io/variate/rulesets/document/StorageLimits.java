package io.variate.rulesets.document;

import io.variate.json.Problem;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The limits of PostgreSQL on keys: they are stored as indexed text, which restricts their characters and their length.
 */
final class StorageLimits {
    /** PostgreSQL limits index entries to about 2,700 bytes. */
    private static final int MAX_KEY_BYTES = 2048;

    private StorageLimits() {}

    /** Reports every key that the store would reject or change. */
    static void check(RulesetDocument document, List<Problem> problems) {
        for (int i = 0; i < document.deployments().size(); i++) {
            check(document.deployments().get(i).key(), "deployments[" + i + "].key", problems);
        }
        for (int i = 0; i < document.flags().size(); i++) {
            check(document.flags().get(i).flag().key(), "flags[" + i + "].key", problems);
        }
        for (int i = 0; i < document.cohorts().size(); i++) {
            check(document.cohorts().get(i).id(), "cohorts[" + i + "].id", problems);
        }
    }

    private static void check(String key, String path, List<Problem> problems) {
        try {
            if (StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(key)).remaining() > MAX_KEY_BYTES) {
                problems.add(new Problem(path, "must not be longer than " + MAX_KEY_BYTES + " bytes in UTF-8"));
            }
        } catch (CharacterCodingException e) {
            problems.add(new Problem(path, "must not contain a lone surrogate"));
        }
        if (key.indexOf('\0') >= 0) {
            problems.add(new Problem(path, "must not contain a NUL character"));
        }
    }
}
