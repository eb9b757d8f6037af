package io.variate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.stream.Stream;

/** Ports of the loopback interface for servers that must know theirs before they start. */
public final class FreePorts {

    private FreePorts() {}

    /** A port that is free at this moment. */
    public static int one() {
        return some(1).get(0);
    }

    /** Different ports, all free at this moment. */
    public static List<Integer> some(int count) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Stream<Integer> first = Stream.of(socket.getLocalPort());
            return count == 1
                    ? first.toList()
                    : Stream.concat(first, some(count - 1).stream()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
