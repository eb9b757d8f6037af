package io.variate.engine.operators;

import org.jspecify.annotations.Nullable;

/**
 * A version as version operators understand it: {@code major.minor}, or
 * {@code major.minor.patch[-prerelease][+build]} of which the build is dropped.
 *
 * @param prerelease the text between hyphen and build, or null; a version without one is above all that have one
 */
record Version(int major, int minor, int patch, @Nullable String prerelease) implements Comparable<Version> {

    /** Reads a version in one pass, or returns null if the text is none. */
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
