package io.variate.it.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one attacker, on one thread, from several loopback addresses. It replaces a connection that the server
 * closes. It runs as a process of its own, with its own open files, memory and priority.
 */
final class Swarm {
    private static final int OPENED_PER_SECOND = 4000;
    private static final long REPLACED_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long MOST_BYTES_PER_SECOND = 400L << 20;

    /** Source addresses, each with 28,000 ephemeral ports. Honest clients use another one. */
    private static final int ADDRESSES = 20;

    private final InetSocketAddress target;
    private final Attack attack;
    private final int connections;
    private final PriorityQueue<Slot> due = new PriorityQueue<>(Comparator.comparingLong((Slot slot) -> slot.due));
    private final ByteBuffer sink = ByteBuffer.allocateDirect(64 << 10);
    private int numbers;
    private long opened;
    private long refused;
    private long cut;
    private long sent;
    private long read;

    Swarm(InetSocketAddress target, Attack attack, int connections) {
        this.target = target;
        this.attack = attack;
        this.connections = connections;
    }

    /** Arguments: the name of the attack, the port, the number of connections, and the duration in seconds. */
    public static void main(String[] arguments) throws IOException {
        Attack attack = Attacks.named(arguments[0]);
        InetSocketAddress target =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1]));
        Swarm swarm = new Swarm(target, attack, Integer.parseInt(arguments[2]));
        // The first script builds the payload that all connections share, which takes time.
        Script unused = attack.scripts().apply(0);
        System.out.println("attacking");
        System.out.println(swarm.run(Duration.ofSeconds(Long.parseLong(arguments[3]))));
    }

    /** The counts of an attack; {@link #parse} reads them from the output of the process. */
    record Result(long opened, long refused, long cut, long sent, long read) {
        static final Result NONE = new Result(0, 0, 0, 0, 0);

        static Result parse(String line) {
            String[] numbers = line.replaceAll("[^0-9 ]", "").strip().split(" +", -1);
            return new Result(
                    Long.parseLong(numbers[0]),
                    Long.parseLong(numbers[1]),
                    Long.parseLong(numbers[2]),
                    Long.parseLong(numbers[3]),
                    Long.parseLong(numbers[4]));
        }

        Result plus(Result other) {
            return new Result(
                    opened + other.opened,
                    refused + other.refused,
                    cut + other.cut,
                    sent + other.sent,
                    read + other.read);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "result: opened=%d refused=%d cut=%d sent=%d read=%d",
                    opened,
                    refused,
                    cut,
                    sent,
                    read);
        }
    }

    private static final class Slot {
        private @Nullable SocketChannel channel;
        private @Nullable SelectionKey key;
        private @Nullable Script script;
        private @Nullable ByteBuffer part;
        private long due;
        private boolean waiting;
    }

    Result run(Duration time) throws IOException {
        long start = System.nanoTime();
        long end = start + time.toNanos();
        try (Selector selector = Selector.open()) {
            List<Slot> slots = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                Slot slot = new Slot();
                slot.due = start + TimeUnit.SECONDS.toNanos(i) / OPENED_PER_SECOND;
                slots.add(slot);
                due.add(slot);
            }
            for (long now = start; now < end; now = System.nanoTime()) {
                boolean mayWrite = sent < (now - start) / 1e9 * MOST_BYTES_PER_SECOND + (16 << 20);
                for (Slot next = due.peek(); next != null && next.due <= now; next = due.peek()) {
                    due.remove();
                    proceed(selector, next);
                }
                selector.select(
                        key -> {
                            if (!key.isWritable() || mayWrite) {
                                serve(key);
                            } else {
                                readFrom((Slot) key.attachment());
                            }
                        },
                        mayWrite ? selectMillis(now) : 2);
            }
            for (Slot slot : slots) {
                drop(slot);
            }
        }
        return new Result(opened, refused, cut, sent, read);
    }

    private long selectMillis(long now) {
        Slot next = due.peek();
        return next == null ? 20 : Math.min(20, Math.max(1, TimeUnit.NANOSECONDS.toMillis(next.due - now)));
    }

    private void proceed(Selector selector, Slot slot) throws IOException {
        if (slot.channel == null) {
            open(selector, slot);
        } else if (slot.key != null && slot.key.isValid() && !slot.waiting) {
            write(slot);
        }
    }

    private void open(Selector selector, Slot slot) throws IOException {
        int number = numbers++;
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (!attack.reads()) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, Attack.RECEIVE_BUFFER_BYTES);
            }
            channel.bind(new InetSocketAddress("127.0.0." + (2 + number % ADDRESSES), 0));
            slot.channel = channel;
            slot.script = attack.scripts().apply(number);
            slot.part = null;
            slot.waiting = false;
            boolean connected = channel.connect(target);
            slot.key = channel.register(selector, SelectionKey.OP_CONNECT, slot);
            if (connected) {
                connected(slot);
            }
        } catch (IOException e) {
            refused++;
            slot.channel = channel;
            replace(slot);
        }
    }

    private void serve(SelectionKey key) {
        Slot slot = (Slot) key.attachment();
        if (!key.isValid()) {
            return;
        }
        if (key.isConnectable()) {
            try {
                SocketChannel channel = slot.channel;
                if (channel != null && channel.finishConnect()) {
                    connected(slot);
                }
            } catch (IOException e) {
                refused++;
                replace(slot);
            }
            return;
        }
        if (key.isReadable()) {
            readFrom(slot);
        }
        if (key.isValid() && key.isWritable()) {
            write(slot);
        }
    }

    private void connected(Slot slot) {
        opened++;
        write(slot);
    }

    private void write(Slot slot) {
        SocketChannel channel = slot.channel;
        SelectionKey key = slot.key;
        Script script = slot.script;
        if (channel == null || key == null || script == null) {
            return;
        }
        try {
            int parts = 0;
            while (true) {
                ByteBuffer part = slot.part == null ? script.next() : slot.part;
                if (part == null) {
                    // A connection that does not read detects its end only when it writes.
                    interest(key, attack.reads() ? SelectionKey.OP_READ : 0);
                    return;
                }
                sent += channel.write(part);
                slot.part = part.hasRemaining() ? part : null;
                if (part.hasRemaining() || (attack.pace().millis() == 0 && ++parts >= 4)) {
                    interest(key, SelectionKey.OP_WRITE | (attack.reads() ? SelectionKey.OP_READ : 0));
                    return;
                }
                if (attack.pace().waitsForAnswer()) {
                    slot.waiting = true;
                    interest(key, SelectionKey.OP_READ);
                    return;
                }
                if (attack.pace().millis() > 0) {
                    interest(key, attack.reads() ? SelectionKey.OP_READ : 0);
                    slot.due = System.nanoTime()
                            + TimeUnit.MILLISECONDS.toNanos(attack.pace().millis());
                    due.add(slot);
                    return;
                }
            }
        } catch (Attacks.LeaveException e) {
            replace(slot);
        } catch (IOException e) {
            cut++;
            replace(slot);
        }
    }

    private static void interest(SelectionKey key, int operations) {
        if (key.interestOps() != operations) {
            key.interestOps(operations);
        }
    }

    private void readFrom(Slot slot) {
        SocketChannel channel = slot.channel;
        if (channel == null || !attack.reads()) {
            return;
        }
        try {
            sink.clear();
            int count = channel.read(sink);
            if (count < 0) {
                cut++;
                replace(slot);
                return;
            }
            read += count;
            if (attack.pace().replacesAnswered() && count > 0) {
                cut++;
                replace(slot);
                return;
            }
            if (slot.waiting && count > 0) {
                slot.waiting = false;
                write(slot);
            }
        } catch (IOException e) {
            cut++;
            replace(slot);
        }
    }

    /** Schedules the replacement of a closed connection. */
    private void replace(Slot slot) {
        drop(slot);
        due.remove(slot);
        slot.due = System.nanoTime() + REPLACED_AFTER_NANOS;
        due.add(slot);
    }

    private static void drop(Slot slot) {
        SocketChannel channel = slot.channel;
        slot.channel = null;
        slot.key = null;
        slot.part = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // Closed anyway.
            }
        }
    }
}
