package io.variate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.variate.observability.MetricNames;
import io.variate.testing.Certificates;
import io.variate.testing.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two members of a cluster with TLS on the event bus, and peers without a certificate of their authority. */
@Tag("slow")
class BusTlsTest {
    private static final int FIRST_PORT = FreePorts.one();
    private static final int BUS_PORT = FreePorts.one();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static Certificates certificates;

    @SuppressWarnings("NullAway.Init")
    private static Vertx one;

    @SuppressWarnings("NullAway.Init")
    private static Vertx two;

    @BeforeAll
    static void startTwoMembers() throws Exception {
        certificates = Certificates.in(directory.resolve("trusted"));
        one = await(member(FIRST_PORT, BUS_PORT, certificates));
        two = await(member(FreePorts.one(), 0, certificates));
        await(one.eventBus()
                .<String>consumer("echo", message -> message.reply(message.body()))
                .completion());
    }

    @AfterAll
    static void stop() throws Exception {
        await(Future.join(one.close(), two.close()));
    }

    @Test
    void membersWithCertificatesOfOneAuthorityCommunicate() throws Exception {
        assertThat(request(two, "hello")).isEqualTo("hello");
    }

    @Test
    void reportsTheExpiryOfTheCertificate() throws Exception {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        BusCertificate.observe(
                new Settings.Tls(certificates.certificate(), certificates.key(), certificates.authority()), metrics);
        double end = metrics.get(MetricNames.CLUSTER_CERTIFICATE_EXPIRY).gauge().value();
        // Certificates of keytool are valid for 90 days.
        assertThat(Instant.ofEpochSecond((long) end))
                .isCloseTo(Instant.now().plus(Duration.ofDays(90)), within(1, ChronoUnit.DAYS));
    }

    @Test
    void rejectsAMemberWithACertificateOfAnotherAuthority() throws Exception {
        Vertx other = await(member(FreePorts.one(), 0, Certificates.in(directory.resolve("other"))));
        assertThatThrownBy(() -> request(other, "hello")).isInstanceOf(Exception.class);
        await(other.close());
        assertThat(request(two, "after the other")).isEqualTo("after the other");
    }

    @Test
    void rejectsAPeerWithoutCertificate() throws Exception {
        await(isRejected(new NetClientOptions()
                .setSsl(true)
                .setHostnameVerificationAlgorithm("")
                .setTrustOptions(new PemTrustOptions()
                        .addCertPath(certificates.authority().toString()))));
        assertThat(request(two, "after it")).isEqualTo("after it");
    }

    @Test
    void rejectsAPlainTextPeer() throws Exception {
        await(isRejected(new NetClientOptions()));
        assertThat(request(two, "after that")).isEqualTo("after that");
    }

    /** Completes when the first member has closed or rejected a connection to its event bus. */
    private static Future<?> isRejected(NetClientOptions options) {
        NetClient client = two.createNetClient(options);
        return client.connect(BUS_PORT, "127.0.0.1")
                .compose(BusTlsTest::closedAfterAWrite, failure -> Future.succeededFuture())
                .eventually(client::close);
    }

    private static Future<Void> closedAfterAWrite(NetSocket socket) {
        Promise<Void> closed = Promise.promise();
        socket.closeHandler(end -> closed.tryComplete());
        socket.write("not an event bus message").onFailure(failure -> closed.tryComplete());
        return closed.future();
    }

    private static String request(Vertx member, String text) throws Exception {
        return await(member.eventBus().<String>request("echo", text, new DeliveryOptions().setSendTimeout(5_000)))
                .body();
    }

    private static Future<Vertx> member(int port, int busPort, Certificates files) {
        Settings settings = SettingsLoader.load(
                null,
                Map.of(
                        "VARIATE_CLUSTER_ENABLED", "true",
                        "VARIATE_CLUSTER_NAME", "tls-" + FIRST_PORT,
                        "VARIATE_CLUSTER_PORT", Integer.toString(port),
                        "VARIATE_CLUSTER_BUS_PORT", Integer.toString(busPort),
                        "VARIATE_CLUSTER_MEMBERS", "127.0.0.1:" + FIRST_PORT,
                        "VARIATE_CLUSTER_TLS_CERTIFICATE", files.certificate().toString(),
                        "VARIATE_CLUSTER_TLS_KEY", files.key().toString(),
                        "VARIATE_CLUSTER_TLS_AUTHORITY", files.authority().toString()));
        return Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(BusConfiguration.of(settings.cluster())))
                .withClusterManager(new HazelcastClusterManager(ClusterConfiguration.of(settings, false)))
                .buildClustered();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(40, TimeUnit.SECONDS);
    }
}
