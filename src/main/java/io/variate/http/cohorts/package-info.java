/** Downloads of cohorts, and the cohorts of a user or group. */
@NullMarked
package io.variate.http.cohorts;

import org.jspecify.annotations.NullMarked;
