package io.variate.rulesets.document;

import io.variate.json.Problem;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Documents that come back from PostgreSQL as they went: keys, as text under an index, are neither of any character nor
 * of any length.
 */
final class StorageLimits {
    /** An index entry of PostgreSQL takes some 2,700 bytes. */
    private static final int MOST_BYTES = 2048;

    private StorageLimits() {}

    /** Notes all that the store would refuse, or change. */
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
            if (StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(key)).remaining() > MOST_BYTES) {
                problems.add(new Problem(path, "must not be longer than " + MOST_BYTES + " bytes"));
            }
        } catch (CharacterCodingException e) {
            problems.add(new Problem(path, "must not hold half of a surrogate pair"));
        }
        if (key.indexOf('\0') >= 0) {
            problems.add(new Problem(path, "must not hold a NUL character"));
        }
    }
}
