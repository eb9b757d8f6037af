/**
 * The spool: an append-only log in files, from which events go to Kafka and in which they survive the process.
 *
 * <p>May import, of ours: files.
 */
@NullMarked
package io.variate.assignments.spool;

import org.jspecify.annotations.NullMarked;
