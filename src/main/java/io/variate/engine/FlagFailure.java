package io.variate.engine;

/**
 * A flag that could not be evaluated for one context, and is off for it.
 *
 * @param flagKey which flag
 * @param cause what it threw, such as the stack overflow of writing down a property that nests too deep
 */
public record FlagFailure(String flagKey, Throwable cause) {}
