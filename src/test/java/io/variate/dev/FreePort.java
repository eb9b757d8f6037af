package io.variate.dev;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Picks free TCP ports of the loopback interface. */
public final class FreePort {

    private static final int MIN_PORT = 20_000;
    private static final int MAX_PORT = 32_000;
    private static final int ATTEMPTS = 1_000;

    private FreePort() {}

    /**
     * A port that is free now; a server that finds it in use later fails to bind. The port is outside the range of outgoing
     * connections, so that it is still free after a server was down for a while.
     */
    public static int pick() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(MIN_PORT, MAX_PORT + 1);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("No free port on the loopback interface");
    }

    private static boolean isFree(int port) {
        try {
            new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    /** The given port, or a free one for 0. */
    static int orPick(int port) {
        return port == 0 ? pick() : port;
    }

    /**
     * Checks that the port is free.
     *
     * @throws IllegalStateException if it is in use
     */
    static void require(int port) {
        if (!isFree(port)) {
            throw new IllegalStateException("Port " + port + " is in use");
        }
    }
}
