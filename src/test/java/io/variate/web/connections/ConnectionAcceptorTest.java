package io.variate.web.connections;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The order in which accepted connections reach their event loops. */
class ConnectionAcceptorTest {
    private static final int GIVEN = 256;
    private static final int WAITING = 8192;

    private final List<Channel> accepted = new ArrayList<>();
    private EmbeddedChannel port = port(20_000, Duration.ofSeconds(10));

    private static EmbeddedChannel port(int connections, Duration headTimeout) {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        ConnectionLimits limits = new ConnectionLimits(connections, 10, headTimeout, Duration.ofSeconds(10), 1000);
        Connections open = new Connections("http", limits, Accounts.ofClients(1 << 24, 1 << 20, metrics), metrics);
        return new EmbeddedChannel(new ConnectionAcceptor(open, new HttpServerOptions()));
    }

    @AfterEach
    void close() {
        port.finishAndReleaseAll();
        accepted.forEach(channel -> channel.unsafe().closeForcibly());
    }

    /** Accepts one connection, which is not served until {@link #serve}. */
    private Channel accept() {
        Channel channel = new NioSocketChannel();
        accepted.add(channel);
        port.pipeline().fireChannelRead(channel);
        return channel;
    }

    private List<Channel> accept(int count) {
        List<Channel> channels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            channels.add(accept());
        }
        return channels;
    }

    /** The connections given to event loops since the last call. */
    private List<Channel> given() {
        port.runPendingTasks();
        List<Channel> given = new ArrayList<>();
        for (Channel next = port.readInbound(); next != null; next = port.readInbound()) {
            given.add(next);
        }
        return given;
    }

    private static void serve(List<Channel> channels) {
        channels.forEach(channel -> channel.attr(ConnectionGuard.KEY).get().closed());
    }

    @Test
    void givesConnectionsAtOnceWhileFewAreUnserved() {
        List<Channel> first = accept(GIVEN);

        assertThat(given()).isEqualTo(first);
    }

    @Test
    void givesTheNewestNextOnceLoopsServeThoseBefore() {
        List<Channel> first = accept(GIVEN);
        List<Channel> burst = accept(1000);
        Channel newest = accept();
        assertThat(given()).isEqualTo(first);

        serve(first);

        assertThat(given()).hasSize(GIVEN).startsWith(newest, burst.get(999), burst.get(998));
    }

    @Test
    void givesEveryConnectionInTheEnd() {
        List<Channel> all = accept(3 * GIVEN);
        List<Channel> served = new ArrayList<>();
        for (List<Channel> next = given(); !next.isEmpty(); next = given()) {
            serve(next);
            served.addAll(next);
        }

        assertThat(served).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void pausesAcceptingWhileThousandsWait() {
        accept(GIVEN + WAITING);
        assertThat(port.config().isAutoRead()).isFalse();

        for (List<Channel> next = given(); !next.isEmpty(); next = given()) {
            serve(next);
        }

        assertThat(port.config().isAutoRead()).isTrue();
    }

    @Test
    void closesNoConnectionWhileNoneOfThoseBeforeItIsServed() {
        port = port(16, Duration.ofSeconds(10));
        List<Channel> all = accept(100);

        assertThat(all).allMatch(Channel::isOpen);
        assertThat(given()).hasSize(8);
    }

    @Test
    void closesConnectionsThatWaitTooLong() {
        port = port(20_000, Duration.ZERO);
        accept(GIVEN);
        Channel overdue = accept();

        assertThat(overdue.isOpen()).isFalse();
    }

    @Test
    void closesWaitingConnectionsWithThePort() {
        accept(GIVEN);
        Channel waiting = accept();

        assertThat(port.close().isSuccess()).isTrue();

        assertThat(waiting.isOpen()).isFalse();
    }
}
