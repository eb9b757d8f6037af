package io.variate.engine.operators;

import org.jspecify.annotations.Nullable;

/**
 * What became of reading a text as a version.
 *
 * @param version or null if it is none
 */
record ParsedVersion(@Nullable Version version) {

    private static final ParsedVersion NONE = new ParsedVersion(null);

    static ParsedVersion of(String text) {
        Version version = Version.parse(text);
        return version == null ? NONE : new ParsedVersion(version);
    }
}
