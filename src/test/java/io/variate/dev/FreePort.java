package io.variate.dev;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Picks TCP ports of the loopback interface that nobody listens on at this moment. */
public final class FreePort {

    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final int ATTEMPTS = 1_000;

    private FreePort() {}

    /**
     * A port that was free when asked for; a server that finds it taken after all fails to bind and says so. Not one of
     * those that the system gives to outgoing connections, so that a server that is away for a while finds it free again.
     */
    public static int pick() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
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
        if (!isFree(port)) {
            throw new IllegalStateException("Port " + port + " is taken");
        }
    }
}
