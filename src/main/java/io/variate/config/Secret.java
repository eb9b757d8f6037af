package io.variate.config;

/**
 * A value that is never printed.
 *
 * @param value the secret itself; hand it only to what needs it
 */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
