package io.variate.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Picks TCP ports of the loopback interface that nobody listens on at this moment. */
final class FreePort {

    private FreePort() {}

    /** A port that was free when asked for; a server that finds it taken after all fails to bind and says so. */
    static int pick() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("No free port on the loopback interface", e);
        }
    }

    /** The port asked for, or a free one for 0. */
    static int orPick(int port) {
        return port == 0 ? pick() : port;
    }

    /**
     * Checks that nobody listens on the port.
     *
     * @throws IllegalStateException when somebody does
     */
    static void require(int port) {
        try {
            new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
        } catch (IOException e) {
            throw new IllegalStateException("Port " + port + " is taken", e);
        }
    }
}
