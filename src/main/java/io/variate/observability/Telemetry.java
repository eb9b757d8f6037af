package io.variate.observability;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/** The metrics of one node: a registry of its own, which Vert.x and all rooms write to and Prometheus reads. */
public final class Telemetry {
    /** The timer of Vert.x: from the head of a request to the end of its answer. */
    private static final String ANSWER = "vertx.http.server.response.time";

    /** Microseconds, the upper bounds of buckets; nodes have the same, so that they can be added up. */
    private static final long[] ANSWER_BOUNDS = {
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000
    };

    /** As above; finer, for the engine takes microseconds. */
    private static final long[] EVALUATION_BOUNDS = {
        10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<Runnable> observations = new CopyOnWriteArrayList<>();

    /** Starts with what is known of the process. */
    public Telemetry() {
        registry.config()
                .meterFilter(buckets(ANSWER, ANSWER_BOUNDS))
                .meterFilter(buckets(MetricNames.EVALUATION, EVALUATION_BOUNDS));
        FunctionCounter.builder(MetricNames.LOG_WITHHELD, this, unused -> RepetitionFilter.withheld())
                .register(registry);
    }

    /** Has a timer counted in buckets, which percentiles can be read from. */
    private static MeterFilter buckets(String timer, long... microseconds) {
        DistributionStatisticConfig buckets = DistributionStatisticConfig.builder()
                .serviceLevelObjectives(LongStream.of(microseconds)
                        .mapToDouble(TimeUnit.MICROSECONDS::toNanos)
                        .toArray())
                .build();
        return new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig others) {
                return id.getName().equals(timer) ? buckets.merge(others) : others;
            }
        };
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
