package io.variate.assignments.spool;

/**
 * Detects accesses to pages of mapped files that failed, because the disk is broken or the file was truncated. The JVM
 * ignores such an access, and throws an {@link InternalError} at some later point of the thread, in unrelated code. This
 * class makes it throw at once.
 *
 * <p>Costs about ten nanoseconds and a few bytes of garbage: too much for each append.
 */
final class PageFaults {
    private static volatile int none;

    private PageFaults() {}

    /** @throws InternalError if an access of this thread failed since the last call */
    static void raise() {
        int length = none;
        // The JVM checks for a pending error when it returns from a runtime call to Java code, and allocating an array
        // of
        // two unknown dimensions requires a runtime call.
        if (new byte[length][length].length != 0) {
            throw new AssertionError(length);
        }
    }
}
