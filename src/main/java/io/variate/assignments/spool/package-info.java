/**
 * The spool: an append-only log of events on disk, which survives a crash of the process.
 */
@NullMarked
package io.variate.assignments.spool;

import org.jspecify.annotations.NullMarked;
