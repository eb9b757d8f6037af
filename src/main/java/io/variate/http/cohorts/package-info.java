/** Downloads of cohorts and the memberships of a user. */
@NullMarked
package io.variate.http.cohorts;

import org.jspecify.annotations.NullMarked;
