package io.variate.observability;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The metrics of one node: a registry of its own, which Vert.x and all rooms write to and Prometheus reads. */
public final class Telemetry {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<Runnable> observations = new CopyOnWriteArrayList<>();

    /** Starts with what is known of the process. */
    public Telemetry() {
        FunctionCounter.builder(MetricNames.LOG_WITHHELD, this, unused -> RepetitionFilter.withheld())
                .register(registry);
    }

    /** Where rooms register their meters; thread-safe. */
    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /** What makes Vert.x report into {@link #registry}. */
    public VertxMetricsFactory factory() {
        return new MicrometerMetricsFactory(registry);
    }

    /** What Vert.x reports; no label takes a value that a client chooses freely, such as the method or the path. */
    public MicrometerMetricsOptions options() {
        MicrometerMetricsOptions options = new MicrometerMetricsOptions()
                .setRegistryName("variate-" + System.identityHashCode(registry))
                .setJvmMetricsEnabled(true)
                .setLabels(
                        EnumSet.of(Label.HTTP_ROUTE, Label.HTTP_CODE, Label.POOL_TYPE, Label.POOL_NAME, Label.EB_SIDE));
        options.setEnabled(true);
        for (MetricsDomain unused :
                EnumSet.of(MetricsDomain.DATAGRAM_SOCKET, MetricsDomain.NET_CLIENT, MetricsDomain.HTTP_CLIENT)) {
            options.addDisabledMetricsCategory(unused);
        }
        return options;
    }

    /** Has something done before each scrape, such as taking down numbers that belong together; on the scraping thread. */
    public void beforeScrape(Runnable observation) {
        observations.add(observation);
    }

    /** Everything known, in the text format of Prometheus; worth a worker thread. */
    public synchronized String scrape() {
        observations.forEach(Runnable::run);
        return registry.scrape();
    }
}
