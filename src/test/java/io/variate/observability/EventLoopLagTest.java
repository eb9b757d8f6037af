package io.variate.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.variate.testing.Await;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventLoopLagTest {
    private static final int LOOPS = 3;
    private static final double BLOCKED_SECONDS = 0.3;
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS));

    @BeforeEach
    void watch() throws Exception {
        Set<Thread> watched = ConcurrentHashMap.newKeySet();
        vertx.deployVerticle(() -> new EventLoopLag(metrics, watched), new DeploymentOptions().setInstances(2 * LOOPS))
                .await(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void registersOneGaugePerEventLoop() {
        assertThat(gauges()).hasSize(LOOPS);
        assertThat(gauges()).extracting(gauge -> gauge.getId().getTag("thread")).doesNotHaveDuplicates();
    }

    @Test
    void reportsABlockedLoopDuringAndAfterTheBlock() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch passed = new CountDownLatch(1);
        vertx.runOnContext(blocked -> {
            try {
                assertThat(free.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            passed.countDown();
        });

        Await.value("the longest lag covers the blocked time", () -> maxLag(), seen -> seen >= BLOCKED_SECONDS);

        free.countDown();
        assertThat(passed.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(maxLag()).isGreaterThanOrEqualTo(BLOCKED_SECONDS);
    }

    private double maxLag() {
        return gauges().stream().mapToDouble(Gauge::value).max().orElse(0);
    }

    private Collection<Gauge> gauges() {
        return metrics.find(MetricNames.EVENT_LOOP_LAG).gauges();
    }
}
