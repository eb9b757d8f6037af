/** PostgreSQL, Kafka and other processes on one machine, for the development server and for tests. */
@NullMarked
package io.variate.dev;

import org.jspecify.annotations.NullMarked;
