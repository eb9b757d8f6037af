package io.variate.it.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to another port that can be cut: connections then hang, as they do when a network loses what is sent. */
public final class Passage implements AutoCloseable {
    private final ServerSocket entrance;
    private final int exit;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;

    private Passage(ServerSocket entrance, int exit) {
        this.entrance = entrance;
        this.exit = exit;
    }

    /** Leads from a free port of an address of this machine to a port of the loopback interface. */
    public static Passage from(String address, int exit) {
        try {
            Passage passage = new Passage(new ServerSocket(0, 50, InetAddress.getByName(address)), exit);
            daemon(passage::accept);
            return passage;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return entrance.getLocalPort();
    }

    public void cut() {
        cut = true;
    }

    /** Lets through again; what hung before is closed, since part of it is lost. */
    public void restore() {
        closeAll();
        cut = false;
    }

    @Override
    public void close() {
        try {
            entrance.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        closeAll();
    }

    private void closeAll() {
        sockets.forEach(Passage::close);
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket in = entrance.accept();
                sockets.add(in);
                if (!cut) {
                    Socket out = new Socket(InetAddress.getLoopbackAddress(), exit);
                    sockets.add(out);
                    daemon(() -> pump(in, out));
                    daemon(() -> pump(out, in));
                }
            } catch (IOException e) {
                // Closed, or the other end is away: whoever came finds out by itself.
            }
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] bytes = new byte[16_384];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                if (!cut) {
                    out.write(bytes, 0, count);
                }
            }
        } catch (IOException e) {
            // One end has closed, and now both are.
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "passage");
        thread.setDaemon(true);
        thread.start();
    }
}
