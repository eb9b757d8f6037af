/**
 * Cohorts: who is in which, in memory for evaluation and on the disk for download.
 *
 * <p>May import, of ours: files, store, cluster, bus, engine, config, observability.
 */
@NullMarked
package io.variate.cohorts;

import org.jspecify.annotations.NullMarked;
