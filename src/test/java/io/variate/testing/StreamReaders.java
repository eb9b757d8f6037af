package io.variate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Thousands of clients of {@code GET /sdk/stream/v1/flags} on one thread, which looks at little of what comes, so that
 * it takes little from the server beside it.
 *
 * <p>Sets are told apart by a {@link #mark} in one of the values of their last flag.
 */
public final class StreamReaders implements AutoCloseable {
    /** As many bytes of each stream are kept: the last flag must fit in. */
    private static final int TAIL = 256;

    private static final byte[] MARK = "mark-".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 6;
    private static final byte[] OK = "HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII);

    /** The end of an event, and of the chunk that it came in. */
    private static final byte[] END = "\n\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18);
    private final List<Reader> readers = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "stream readers");

    // Guarded by this.
    private final long[] arrivals;
    private int awaited = -1;
    private int arrived;
    private int open;

    private StreamReaders(int count) throws IOException {
        selector = Selector.open();
        arrivals = new long[count];
        thread.setDaemon(true);
    }

    /**
     * When the streams had a set, by {@link System#nanoTime}.
     *
     * @param first the quickest
     * @param median half of them
     * @param last all of them
     */
    public record Arrivals(long first, long median, long last) {}

    /** What a value of the last flag must be for a set to be known by this number. */
    public static String mark(int number) {
        return String.format(Locale.ROOT, "mark-%0" + DIGITS + "d", number);
    }

    /**
     * Opens streams, one after the other.
     *
     * @param ports of the nodes, on this machine, that share them evenly
     */
    public static StreamReaders open(int count, String deploymentKey, List<Integer> ports) {
        try {
            StreamReaders readers = new StreamReaders(count);
            readers.connect(deploymentKey, ports);
            readers.thread.start();
            return readers;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void connect(String deploymentKey, List<Integer> ports) throws IOException {
        byte[] request = ("GET /sdk/stream/v1/flags HTTP/1.1\r\nHost: test\r\nAuthorization: Api-Key " + deploymentKey
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < arrivals.length; i++) {
            int port = ports.get(i % ports.size());
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.write(ByteBuffer.wrap(request));
            channel.configureBlocking(false);
            Reader reader = new Reader();
            readers.add(reader);
            channel.register(selector, SelectionKey.OP_READ, reader);
            open++;
        }
    }

    /** How many streams the server has not ended. */
    public synchronized int open() {
        return open;
    }

    /**
     * Waits until every stream has the set of a number, or had it before a later one.
     *
     * @throws AssertionError when the time is over
     */
    public synchronized Arrivals await(int number, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        expect(number);
        try {
            while (arrived < arrivals.length) {
                long millis = (deadline - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    throw new AssertionError(arrived + " of " + arrivals.length + " streams have " + mark(number)
                            + " after " + atMost + ", " + open + " are open");
                }
                wait(millis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return new Arrivals(arrivals[0], arrivals[arrivals.length / 2], arrivals[arrivals.length - 1]);
    }

    /** Takes down from now on when streams get the set of a number; to be said before the set is sent. */
    public synchronized void expect(int number) {
        if (awaited == number) {
            return;
        }
        awaited = number;
        arrived = 0;
        for (Reader reader : readers) {
            if (reader.seen >= number) {
                arrivals[arrived++] = System.nanoTime();
            }
        }
    }

    private void run() {
        try {
            while (selector.isOpen()) {
                selector.select(this::read);
            }
        } catch (ClosedSelectorException e) {
            // Closed meanwhile.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(SelectionKey key) {
        Reader reader = (Reader) key.attachment();
        try {
            if (!reader.take((SocketChannel) key.channel(), buffer)) {
                forget(key);
            } else if (reader.isAtEndOfEvent()) {
                note(reader, reader.mark());
            }
        } catch (IOException e) {
            forget(key);
        }
    }

    private synchronized void note(Reader reader, int number) {
        if (awaited >= 0 && reader.seen < awaited && number >= awaited) {
            arrivals[arrived++] = System.nanoTime();
            if (arrived == arrivals.length) {
                notifyAll();
            }
        }
        reader.seen = number;
    }

    private synchronized void forget(SelectionKey key) {
        open--;
        try {
            key.channel().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Hangs up on all. */
    @Override
    public void close() {
        try {
            for (SelectionKey key : List.copyOf(selector.keys())) {
                key.channel().close();
            }
            selector.close();
            thread.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One client: how its stream began, and the last bytes that came. */
    private static final class Reader {
        private final byte[] tail = new byte[TAIL];
        private boolean answered;
        private int seen = -1;

        /** Reads what is there; false if the server has ended the stream or refused it. */
        boolean take(SocketChannel channel, ByteBuffer buffer) throws IOException {
            int count = channel.read(buffer.clear());
            if (count < 0 || (!answered && !isOk(buffer.flip(), count))) {
                return false;
            }
            answered = true;
            int kept = Math.min(count, TAIL);
            System.arraycopy(tail, kept, tail, 0, TAIL - kept);
            buffer.get(count - kept, tail, TAIL - kept, kept);
            return true;
        }

        private static boolean isOk(ByteBuffer start, int count) {
            return count >= OK.length && start.slice(0, OK.length).equals(ByteBuffer.wrap(OK));
        }

        boolean isAtEndOfEvent() {
            return Arrays.equals(tail, TAIL - END.length, TAIL, END, 0, END.length);
        }

        /** The number of the last set; -1 if it has none. */
        int mark() {
            for (int at = TAIL - MARK.length - DIGITS; at >= 0; at--) {
                if (Arrays.equals(tail, at, at + MARK.length, MARK, 0, MARK.length)) {
                    int from = at + MARK.length;
                    return Integer.parseInt(new String(tail, from, DIGITS, StandardCharsets.US_ASCII));
                }
            }
            return -1;
        }
    }
}
