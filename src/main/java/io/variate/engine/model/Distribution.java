package io.variate.engine.model;

/**
 * The part of an allocation that gets one variant.
 *
 * @param variant the key of the variant
 * @param range the hashes in the part: {@code hash / 100}, from 0 to 42949672
 */
public record Distribution(String variant, Range range) {}
