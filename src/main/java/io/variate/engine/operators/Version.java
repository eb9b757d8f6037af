package io.variate.engine.operators;

import org.jspecify.annotations.Nullable;

/**
 * A version as version operators define it: {@code major.minor}, or {@code major.minor.patch[-prerelease][+build]},
 * whose build is ignored.
 *
 * @param prerelease the text between hyphen and build, or null; a version without one is greater than those with one
 */
record Version(int major, int minor, int patch, @Nullable String prerelease) implements Comparable<Version> {

    /** Parses a version in one pass; returns null if the text is not a version. */
    static @Nullable Version parse(String text) {
        if (text.length() < 3 || text.charAt(0) < '0' || text.charAt(0) > '9') {
            return null;
        }
        return new VersionScanner(text).scan();
    }

    @Override
    public int compareTo(Version other) {
        if (major != other.major) {
            return Integer.compare(major, other.major);
        }
        if (minor != other.minor) {
            return Integer.compare(minor, other.minor);
        }
        if (patch != other.patch) {
            return Integer.compare(patch, other.patch);
        }
        if (prerelease == null || other.prerelease == null) {
            return Boolean.compare(prerelease == null, other.prerelease == null);
        }
        return prerelease.compareTo(other.prerelease);
    }
}
