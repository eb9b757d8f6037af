package io.variate.engine;

/**
 * A flag whose evaluation failed for one context. The flag assigns nothing there.
 *
 * @param flagKey the key of the flag
 * @param cause the exception or error, such as a stack overflow on a deeply nested property
 */
public record FlagFailure(String flagKey, Throwable cause) {}
