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
 * Thousands of clients of {@code GET /sdk/stream/v1/flags} on one thread, which parses only a small part of the data, to leave
 * the processor to the server on the same machine.
 *
 * <p>A {@link #mark} in a value of the last flag identifies a set of flags.
 */
public final class StreamReaders implements AutoCloseable {
    /** Bytes kept of each stream; the last flag must fit. */
    private static final int TAIL = 256;

    private static final byte[] MARK = "mark-".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 6;
    private static final byte[] OK = "HTTP/1.1 200 ".getBytes(StandardCharsets.US_ASCII);

    /** The end of an event and of its chunk. */
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
     * Times at which streams received a set, by {@link System#nanoTime}.
     *
     * @param first the first stream
     * @param median half of the streams
     * @param last all streams
     */
    public record Arrivals(long first, long median, long last) {}

    /** The value of the last flag that identifies the set with this number. */
    public static String mark(int number) {
        return String.format(Locale.ROOT, "mark-%0" + DIGITS + "d", number);
    }

    /**
     * Opens streams one after the other.
     *
     * @param ports ports of the local nodes, which get the same number of streams
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

    /** The number of open streams. */
    public synchronized int open() {
        return open;
    }

    /**
     * Waits until every stream has received the set with a number, possibly followed by later ones.
     *
     * @throws AssertionError after the timeout
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

    /** Starts to record when streams receive the set with a number; call it before the set is sent. */
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
            // Closed by another thread.
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

    /** Closes all connections. */
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

    /** One client: the start of its stream, and the last bytes received. */
    private static final class Reader {
        private final byte[] tail = new byte[TAIL];
        private boolean answered;
        private int seen = -1;

        /** Reads available data; false if the server has closed or rejected the stream. */
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

        /** The number of the latest set; -1 without a set. */
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
