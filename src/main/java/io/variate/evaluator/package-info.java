/**
 * The evaluator verticle: decodes a request, evaluates it, records the assignment and answers.
 */
@NullMarked
package io.variate.evaluator;

import org.jspecify.annotations.NullMarked;
