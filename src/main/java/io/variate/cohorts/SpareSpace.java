package io.variate.cohorts;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/** The disk space that downloads may use. */
@FunctionalInterface
interface SpareSpace {
    /** The bytes left above the reserve; negative if the reserve is in use already. Blocks; any thread. */
    long bytes() throws IOException;

    /**
     * The space of a disk that also holds the event log: a tenth of it, at most 1 GiB, is reserved.
     *
     * @param directory exists when the space is measured
     */
    static SpareSpace of(Path directory) {
        long largestReserve = 1L << 30;
        return () -> {
            FileStore disk = Files.getFileStore(directory);
            return disk.getUsableSpace() - Math.min(largestReserve, disk.getTotalSpace() / 10);
        };
    }
}
