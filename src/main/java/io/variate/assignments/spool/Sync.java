package io.variate.assignments.spool;

import java.time.Duration;

/**
 * When the log is brought to the disk. The death of the process, {@code kill -9} included, loses nothing that was
 * appended under any of these: the pages are the kernel's. They differ in what a power cut or a kernel panic takes.
 */
public sealed interface Sync {

    /** When the kernel likes, usually within half a minute; a power cut takes what it had not written yet. */
    record Never() implements Sync {}

    /** By the spool's own thread at an interval; a power cut takes at most what was appended since. */
    record Every(Duration interval) implements Sync {}

    /** Before an append returns: its thread waits for the disk. A power cut takes nothing that was acknowledged. */
    record Always() implements Sync {}
}
