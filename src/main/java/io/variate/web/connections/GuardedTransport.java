package io.variate.web.connections;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.transport.Transport;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * A Vert.x transport that guards every connection of the HTTP servers from the moment it is accepted: before Vert.x sees
 * it, and before it has sent a byte.
 */
public final class GuardedTransport implements io.vertx.core.transport.Transport {
    private final io.vertx.core.transport.Transport transport;
    private final Transport guarded;

    /**
     * Guards the servers of a transport.
     *
     * @param portSettings the connections of each server, by the port in its options
     */
    public GuardedTransport(io.vertx.core.transport.Transport transport, Map<Integer, Connections> portSettings) {
        this.transport = transport;
        this.guarded = new Guarded(transport.implementation(), Map.copyOf(portSettings));
    }

    /** The native transport if it is available, otherwise that of the JDK. */
    public static io.vertx.core.transport.Transport best() {
        io.vertx.core.transport.Transport own = io.vertx.core.transport.Transport.nativeTransport();
        return own == null || !own.available() ? io.vertx.core.transport.Transport.NIO : own;
    }

    @Override
    public String name() {
        return transport.name();
    }

    @Override
    public boolean available() {
        return transport.available();
    }

    @Override
    public @Nullable Throwable unavailabilityCause() {
        return transport.unavailabilityCause();
    }

    @Override
    public Transport implementation() {
        return guarded;
    }

    @SuppressWarnings("deprecation") // a method of the interface has a deprecated parameter type
    private record Guarded(Transport all, Map<Integer, Connections> byPort) implements Transport {
        @Override
        public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
            all.configure(options, domainSocket, bootstrap);
            Connections connections = byPort.get(options.getPort());
            if (options instanceof HttpServerOptions http && connections != null) {
                bootstrap.handler(new ConnectionAcceptor(connections, http));
            }
        }

        @Override
        public void configure(
                ClientOptionsBase options, int connectTimeout, boolean domainSocket, Bootstrap bootstrap) {
            all.configure(options, connectTimeout, domainSocket, bootstrap);
        }

        @Override
        public void configure(DatagramChannel channel, DatagramSocketOptions options) {
            all.configure(channel, options);
        }

        @Override
        public boolean supportsDomainSockets() {
            return all.supportsDomainSockets();
        }

        @Override
        public boolean supportFileRegion() {
            return all.supportFileRegion();
        }

        @Override
        public boolean isAvailable() {
            return all.isAvailable();
        }

        @Override
        public @Nullable Throwable unavailabilityCause() {
            return all.unavailabilityCause();
        }

        @Override
        public SocketAddress convert(io.vertx.core.net.SocketAddress address) {
            return all.convert(address);
        }

        @Override
        public io.vertx.core.net.SocketAddress convert(SocketAddress address) {
            return all.convert(address);
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            return all.ioHandlerFactory();
        }

        @Override
        public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory factory, int ioRatio) {
            return all.eventLoopGroup(type, threads, factory, ioRatio);
        }

        @Override
        public DatagramChannel datagramChannel() {
            return all.datagramChannel();
        }

        @Override
        public DatagramChannel datagramChannel(io.netty.channel.socket.InternetProtocolFamily family) {
            return all.datagramChannel(family);
        }

        @Override
        public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            return all.channelFactory(domainSocket);
        }

        @Override
        public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
            return all.serverChannelFactory(domainSocket);
        }
    }
}
