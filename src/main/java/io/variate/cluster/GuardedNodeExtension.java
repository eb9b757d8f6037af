package io.variate.cluster;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.hazelcast.client.impl.ClientEngine;
import com.hazelcast.client.impl.NoOpClientEngine;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.networking.Channel;
import com.hazelcast.internal.networking.ChannelInitializer;
import com.hazelcast.internal.networking.InboundHandler;
import com.hazelcast.internal.networking.OutboundHandler;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.internal.server.ServerContext;
import com.hazelcast.internal.server.tcp.TcpServerConnection;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Extends a Hazelcast member with a {@link MemberGate} on each connection, and disables the protocol of Hazelcast clients,
 * which Variate does not use.
 *
 * <p>Depends on internals of Hazelcast, because its open-source edition has no public hook before deserialization. The
 * version is pinned (ADR 1); HostilePacketsTest fails if another version lacks these hooks.
 */
final class GuardedNodeExtension extends DefaultNodeExtension {
    private static final long EXPIRY_INTERVAL_MILLIS = 500;

    private final KnownPeers knownPeers = new KnownPeers();
    private final UnauthenticatedPeers unauthenticated;
    private volatile @Nullable ScheduledFuture<?> expiry;

    GuardedNodeExtension(Node node, int maxUnauthenticated, Duration timeout, RefusedJoins refused) {
        super(node);
        this.unauthenticated = new UnauthenticatedPeers(maxUnauthenticated, timeout, knownPeers, refused);
    }

    /** The raw type is Hazelcast's. */
    @Override
    @SuppressWarnings("rawtypes")
    public InboundHandler[] createInboundHandlers(
            EndpointQualifier qualifier, ServerConnection connection, ServerContext context) {
        return new InboundHandler[] {
            new MemberGate(
                    connection,
                    node.nodeEngine.getPacketDispatcher(),
                    node.getSerializationService(),
                    unauthenticated,
                    knownPeers,
                    node.getConfig().getClusterName(),
                    !((TcpServerConnection) connection).isAcceptorSide())
        };
    }

    /** The raw type is Hazelcast's. */
    @Override
    @SuppressWarnings("rawtypes")
    public OutboundHandler[] createOutboundHandlers(
            EndpointQualifier qualifier, ServerConnection connection, ServerContext context) {
        return new OutboundHandler[] {new JoinTrackingEncoder(connection, knownPeers)};
    }

    @Override
    public Function<EndpointQualifier, ChannelInitializer> createChannelInitializerFn(ServerContext context) {
        Function<EndpointQualifier, ChannelInitializer> initializers = super.createChannelInitializerFn(context);
        return qualifier -> {
            ChannelInitializer initializer = initializers.apply(qualifier);
            return channel -> {
                initializer.initChannel(channel);
                register(channel);
            };
        };
    }

    private void register(Channel channel) {
        if (!channel.isClientMode()) {
            unauthenticated.add((ServerConnection)
                    Objects.requireNonNull(channel.attributeMap().get(ServerConnection.class)));
        }
    }

    @Override
    public ClientEngine createClientEngine() {
        return new NoOpClientEngine();
    }

    @Override
    public void onMemberListChange() {
        super.onMemberListChange();
        knownPeers.add(node.getClusterService().getMembers());
    }

    @Override
    public void beforeJoin() {
        super.beforeJoin();
        if (expiry != null) {
            return;
        }
        expiry = node.nodeEngine
                .getExecutionService()
                .scheduleWithRepetition(
                        unauthenticated::expire, EXPIRY_INTERVAL_MILLIS, EXPIRY_INTERVAL_MILLIS, MILLISECONDS);
    }

    @Override
    public void beforeShutdown(boolean terminate) {
        ScheduledFuture<?> current = expiry;
        if (current != null) {
            current.cancel(false);
        }
        super.beforeShutdown(terminate);
    }
}
