package io.variate.config;

import org.jspecify.annotations.Nullable;

/**
 * A setting as a node uses it.
 *
 * @param path such as {@code http.port}
 * @param value as text; {@link #SECRET} for a secret, null if it has no value
 * @param origin {@link #DEFAULT}, {@link #FILE}, or what else sets it, such as the name of a variable
 */
public record EffectiveSetting(String path, @Nullable String value, String origin) {
    /** Nothing sets it. */
    public static final String DEFAULT = "default";

    /** The settings file sets it. */
    public static final String FILE = "file";

    /** Stands for the value of a secret. */
    public static final String SECRET = "***";
}
