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
 * A Hazelcast member with a {@link MemberGate} on each connection, and without the protocol of Hazelcast's clients, which
 * nothing here speaks.
 *
 * <p>Rests on internals of Hazelcast, for its open-source edition offers nothing else that comes before deserialization:
 * the version is pinned (ADR 1), and HostilePacketsTest fails if another one has no such place.
 */
final class GuardedNodeExtension extends DefaultNodeExtension {
    private static final long EXPIRE_EVERY_MILLIS = 500;

    private final KnownPeers acquaintances = new KnownPeers();
    private final UnauthenticatedPeers strangers;
    private volatile @Nullable ScheduledFuture<?> expiry;

    GuardedNodeExtension(Node node, int mostStrangers, Duration patience, RefusedJoins refused) {
        super(node);
        this.strangers = new UnauthenticatedPeers(mostStrangers, patience, acquaintances, refused);
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
                    strangers,
                    acquaintances,
                    node.getConfig().getClusterName(),
                    !((TcpServerConnection) connection).isAcceptorSide())
        };
    }

    /** The raw type is Hazelcast's. */
    @Override
    @SuppressWarnings("rawtypes")
    public OutboundHandler[] createOutboundHandlers(
            EndpointQualifier qualifier, ServerConnection connection, ServerContext context) {
        return new OutboundHandler[] {new InvitingEncoder(connection, acquaintances)};
    }

    @Override
    public Function<EndpointQualifier, ChannelInitializer> createChannelInitializerFn(ServerContext context) {
        Function<EndpointQualifier, ChannelInitializer> initializers = super.createChannelInitializerFn(context);
        return qualifier -> {
            ChannelInitializer initializer = initializers.apply(qualifier);
            return channel -> {
                initializer.initChannel(channel);
                welcome(channel);
            };
        };
    }

    private void welcome(Channel channel) {
        if (!channel.isClientMode()) {
            strangers.arrived((ServerConnection)
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
        acquaintances.add(node.getClusterService().getMembers());
    }

    @Override
    public void beforeJoin() {
        super.beforeJoin();
        if (expiry != null) {
            return;
        }
        expiry = node.nodeEngine
                .getExecutionService()
                .scheduleWithRepetition(strangers::expire, EXPIRE_EVERY_MILLIS, EXPIRE_EVERY_MILLIS, MILLISECONDS);
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
