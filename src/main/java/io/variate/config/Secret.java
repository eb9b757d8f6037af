package io.variate.config;

/**
 * A value that prints as {@code ***}.
 *
 * @param value the secret itself; never log it
 */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
