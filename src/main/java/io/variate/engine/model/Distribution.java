package io.variate.engine.model;

/**
 * The part of an allocation that gets one variant.
 *
 * @param variant key of that variant
 * @param range which hashes it takes, in hundredths of a hash: {@code hash / 100}, from 0 to 42949672
 */
public record Distribution(String variant, Range range) {}
