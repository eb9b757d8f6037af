/** Process tests: servers run from the production jar, against a real PostgreSQL and a real Kafka. */
@NullMarked
package io.variate.it;

import org.jspecify.annotations.NullMarked;
