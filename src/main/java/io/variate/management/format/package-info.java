/** The JSON of management resources: strict reading with the path of each problem, canonical writing, and patches. */
@NullMarked
package io.variate.management.format;

import org.jspecify.annotations.NullMarked;
