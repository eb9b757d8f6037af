package io.variate.engine;

/**
 * A flag that could not be evaluated for one context, and is off for it.
 *
 * @param flagKey which flag
 * @param cause what it threw, such as the stack overflow of a pattern on a long text
 */
public record FlagFailure(String flagKey, Throwable cause) {}
