package io.variate.cohorts;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * A file for those who read it while others have users to answer: each read waits for as long as was worked since the
 * last wait, so that reading and all that is done with it takes half a processor, and twice the time.
 */
final class ThrottledInputStream extends FilterInputStream {
    private static final long WORK_NANOS = 2_000_000;
    private static final long LONGEST_WAIT_NANOS = 20_000_000;

    private long workingSince = System.nanoTime();

    private ThrottledInputStream(InputStream in) {
        super(in);
    }

    static InputStream open(Path file) throws IOException {
        return new ThrottledInputStream(Files.newInputStream(file));
    }

    @Override
    public int read() throws IOException {
        rest();
        return super.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        rest();
        return super.read(bytes, offset, length);
    }

    private void rest() {
        long worked = System.nanoTime() - workingSince;
        if (worked >= WORK_NANOS) {
            LockSupport.parkNanos(Math.min(worked, LONGEST_WAIT_NANOS));
            workingSince = System.nanoTime();
        }
    }
}
