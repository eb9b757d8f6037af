package io.variate.assignments.spool;

import java.time.Duration;

/**
 * When the log is forced to disk. A crash of the process, including {@code kill -9}, never loses appended records, because the
 * kernel owns the pages. The policies differ in what a power failure or a kernel panic loses.
 */
public sealed interface Sync {

    /** When the kernel decides, usually within 30 seconds. A power failure loses the records not yet written. */
    record Never() implements Sync {}

    /** At an interval, on a thread of the spool. A power failure loses at most the records appended since. */
    record Every(Duration interval) implements Sync {}

    /** Before an append returns, on its thread. A power failure loses no acknowledged record. */
    record Always() implements Sync {}
}
