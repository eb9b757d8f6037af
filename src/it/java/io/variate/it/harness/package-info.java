/** Fixtures of the process tests: nodes run from the jar, their neighbours, load, faults and a network that splits. */
@NullMarked
package io.variate.it.harness;

import org.jspecify.annotations.NullMarked;
