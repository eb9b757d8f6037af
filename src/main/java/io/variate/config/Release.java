package io.variate.config;

/** The release of this program. */
public final class Release {
    private Release() {}

    /** The version of this program, or {@code dev} if it does not run from a JAR file. */
    public static String version() {
        String version = Release.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}
