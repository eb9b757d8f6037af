package io.variate.engine.operators;

import org.jspecify.annotations.Nullable;

/**
 * A text parsed as a version.
 *
 * @param version the version, or null if the text is none
 */
record ParsedVersion(@Nullable Version version) {

    private static final ParsedVersion NONE = new ParsedVersion(null);

    static ParsedVersion of(String text) {
        Version version = Version.parse(text);
        return version == null ? NONE : new ParsedVersion(version);
    }
}
