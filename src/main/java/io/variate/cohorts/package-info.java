/**
 * Cohorts: members in memory for evaluation and on disk for download, uploads, and synchronization between nodes.
 */
@NullMarked
package io.variate.cohorts;

import org.jspecify.annotations.NullMarked;
