package io.variate.observability;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
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

/** The metrics of one node: its own registry, which Vert.x and all packages write to and Prometheus scrapes. */
public final class Telemetry {
    /** The timer of Vert.x from the head of a request to the end of its response. */
    private static final String RESPONSE_TIME = "vertx.http.server.response.time";

    /** The label of Vert.x for the routes of a request, and what it puts between them. */
    private static final String ROUTE = "route";

    private static final char ROUTES_SEPARATOR = '>';

    /** Upper bounds of the buckets, in microseconds; the same on all nodes, so that Prometheus can aggregate them. */
    private static final long[] RESPONSE_BUCKETS = {
        100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000
    };

    /** As above; finer, because an evaluation takes microseconds. */
    private static final long[] EVALUATION_BUCKETS = {
        10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<Runnable> beforeScrapes = new CopyOnWriteArrayList<>();

    /** Creates the registry and registers the metrics of the process. */
    public Telemetry() {
        registry.config()
                .meterFilter(helpTexts())
                .meterFilter(answeringRoutes())
                .meterFilter(buckets(RESPONSE_TIME, RESPONSE_BUCKETS))
                .meterFilter(buckets(MetricNames.EVALUATION, EVALUATION_BUCKETS));
        FunctionCounter.builder(MetricNames.LOG_WITHHELD, this, unused -> RepetitionFilter.suppressed())
                .register(registry);
    }

    /** Sets the help text of every metric of Variate, whichever package registers it. */
    private static MeterFilter helpTexts() {
        return new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                String help = MetricNames.help(id.getName());
                return help == null
                        ? id
                        : new Meter.Id(
                                id.getName(), Tags.of(id.getTagsAsIterable()), id.getBaseUnit(), help, id.getType());
            }
        };
    }

    /**
     * Vert.x labels a request with all routes that handled it, such as {@code /api/>/api/1/ruleset}. The last one, which
     * answered, suffices.
     */
    private static MeterFilter answeringRoutes() {
        return new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                String routes = id.getTag(ROUTE);
                int last = routes == null ? -1 : routes.lastIndexOf(ROUTES_SEPARATOR);
                return routes == null || last < 0 ? id : id.withTag(Tag.of(ROUTE, routes.substring(last + 1)));
            }
        };
    }

    /** Makes a timer a histogram, from which percentiles can be computed. */
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

    /** The registry that all packages register their meters in; thread-safe. */
    public PrometheusMeterRegistry registry() {
        return registry;
    }

    /** The metrics factory with which Vert.x reports to {@link #registry}. */
    public VertxMetricsFactory factory() {
        return new MicrometerMetricsFactory(registry);
    }

    /** Options of the metrics of Vert.x. No label has values that a client can choose freely, such as the method or path. */
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

    /** Runs an action before each scrape, on the scraping thread; for instance to take a consistent snapshot of numbers. */
    public void beforeScrape(Runnable action) {
        beforeScrapes.add(action);
    }

    /** All metrics in the text format of Prometheus. Slow: call it on a worker thread. */
    public synchronized String scrape() {
        beforeScrapes.forEach(Runnable::run);
        return registry.scrape();
    }
}
