/** Tests of cohorts in memory, on disk and between nodes. */
@NullMarked
package io.variate.cohorts;

import org.jspecify.annotations.NullMarked;
