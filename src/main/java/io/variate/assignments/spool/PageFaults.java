package io.variate.assignments.spool;

/**
 * Tells of pages of mapped files that the disk did not give or take, because it is broken or the file was cut. The JVM
 * lets the access pass without effect, and throws an {@link InternalError} at some later step of the thread, in whatever
 * code it is in then. Here it throws at once.
 *
 * <p>Costs some ten nanoseconds and leaves a few bytes of garbage: not for each append.
 */
final class PageFaults {
    private static volatile int none;

    private PageFaults() {}

    /** @throws InternalError when this thread has come upon such a page since the last call */
    static void raise() {
        int length = none;
        // The JVM looks for a pending error when it returns from itself to Java, and makes no array of two unknown
        // dimensions without being called.
        if (new byte[length][length].length != 0) {
            throw new AssertionError(length);
        }
    }
}
