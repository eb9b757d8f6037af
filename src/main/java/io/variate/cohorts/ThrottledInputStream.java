package io.variate.cohorts;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads a file at half speed, to leave CPU time for requests. A read pauses for as long as the caller has worked since the
 * last pause. So reading and processing the file uses half a CPU and takes twice the time.
 */
final class ThrottledInputStream extends FilterInputStream {
    private static final long WORK_NANOS = 2_000_000;
    private static final long MAX_PAUSE_NANOS = 20_000_000;

    private long workingSince = System.nanoTime();

    private ThrottledInputStream(InputStream in) {
        super(in);
    }

    static InputStream open(Path file) throws IOException {
        return new ThrottledInputStream(Files.newInputStream(file));
    }

    @Override
    public int read() throws IOException {
        throttle();
        return super.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        throttle();
        return super.read(bytes, offset, length);
    }

    private void throttle() {
        long worked = System.nanoTime() - workingSince;
        if (worked >= WORK_NANOS) {
            LockSupport.parkNanos(Math.min(worked, MAX_PAUSE_NANOS));
            workingSince = System.nanoTime();
        }
    }
}
