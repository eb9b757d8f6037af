/**
 * Differences of JSON trees field by field, and three-way merges.
 */
@NullMarked
package io.variate.management.comparison;

import org.jspecify.annotations.NullMarked;
