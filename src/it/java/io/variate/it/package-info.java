/** Whole servers, run from the production jar in JVMs of their own, against a real PostgreSQL and a real Kafka. */
@NullMarked
package io.variate.it;

import org.jspecify.annotations.NullMarked;
