package io.variate.rulesets.document;

import io.variate.json.Problems;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The limits of storage on keys. PostgreSQL stores them as indexed text, which restricts their characters and their length.
 * Control characters separate keys in digests of rows and in ids of uploaded cohorts.
 */
final class StorageLimits {
    /** PostgreSQL limits index entries to about 2,700 bytes. */
    private static final int MAX_KEY_BYTES = 2048;

    private static final String TOO_LONG = "must not be longer than " + MAX_KEY_BYTES + " bytes in UTF-8";

    private StorageLimits() {}

    /** Reports every key of a project that the store would reject or change. */
    static void check(ProjectDocument project, Problems place) {
        ElementPaths paths = new ElementPaths(place.member("deployments"));
        project.deployments()
                .forEach(deployment ->
                        check(deployment.key(), paths.next(deployment.label()).member("key")));
        Problems flags = place.member("flags");
        project.flags()
                .forEach(flag ->
                        check(flag.flag().key(), flags.member(flag.flag().key()).member("key")));
        Problems cohorts = place.member("cohorts");
        project.cohorts()
                .forEach(
                        cohort -> check(cohort.id(), cohorts.member(cohort.id()).member("id")));
    }

    /** Reports a key that the store would reject or change. */
    static void check(String key, Problems place) {
        if (isPlain(key)) {
            return;
        }
        try {
            if (StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(key)).remaining() > MAX_KEY_BYTES) {
                place.add("", TOO_LONG);
            }
        } catch (CharacterCodingException e) {
            place.add("", "must not contain a lone surrogate");
        }
        if (key.chars().anyMatch(Character::isISOControl)) {
            place.add("", "must not contain control characters, such as U+0000 or U+001F");
        }
    }

    /** Whether the key has nothing to check, as nearly all keys. */
    private static boolean isPlain(String key) {
        return key.length() <= MAX_KEY_BYTES && key.chars().allMatch(c -> c >= ' ' && c < 0x7f);
    }
}
