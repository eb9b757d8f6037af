package io.variate.proxy;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The configuration keys of evaluation-proxy: each is a variable of the environment and a path below {@code configuration}. */
enum ProxyKey {
    PORT("AMPLITUDE_PORT", "port"),
    SERVER_ZONE("AMPLITUDE_SERVER_ZONE", "serverZone"),
    SERVER_URL("AMPLITUDE_SERVER_URL", "serverUrl"),
    COHORT_SERVER_URL("AMPLITUDE_COHORT_SERVER_URL", "cohortServerUrl"),
    MANAGEMENT_SERVER_URL("AMPLITUDE_MANAGEMENT_SERVER_URL", "managementServerUrl"),
    ANALYTICS_SERVER_URL("AMPLITUDE_ANALYTICS_SERVER_URL", "analyticsServerUrl"),
    DEPLOYMENT_SYNC_INTERVAL("AMPLITUDE_DEPLOYMENT_SYNC_INTERVAL_MILLIS", "deploymentSyncIntervalMillis"),
    FLAG_SYNC_INTERVAL("AMPLITUDE_FLAG_SYNC_INTERVAL_MILLIS", "flagSyncIntervalMillis"),
    COHORT_SYNC_INTERVAL("AMPLITUDE_COHORT_SYNC_INTERVAL_MILLIS", "cohortSyncIntervalMillis"),
    MAX_COHORT_SIZE("AMPLITUDE_MAX_COHORT_SIZE", "maxCohortSize"),

    ASSIGNMENT_FILTER_CAPACITY("AMPLITUDE_ASSIGNMENT_FILTER_CAPACITY", "assignment.filterCapacity"),
    ASSIGNMENT_USE_BATCH_MODE("AMPLITUDE_ASSIGNMENT_USE_BATCH_MODE", "assignment.useBatchMode"),
    ASSIGNMENT_EVENT_UPLOAD_THRESHOLD(
            "AMPLITUDE_ASSIGNMENT_EVENT_UPLOAD_THRESHOLD", "assignment.eventUploadThreshold", Unneeded.UPLOADS),
    ASSIGNMENT_EVENT_UPLOAD_PERIOD(
            "AMPLITUDE_ASSIGNMENT_EVENT_UPLOAD_PERIOD_MILLIS", "assignment.eventUploadPeriodMillis", Unneeded.UPLOADS),

    EXPOSURE_FILTER_CAPACITY("AMPLITUDE_EXPOSURE_FILTER_CAPACITY", "exposure.filterCapacity", Unneeded.EXPOSURES),
    EXPOSURE_USE_BATCH_MODE("AMPLITUDE_EXPOSURE_USE_BATCH_MODE", "exposure.useBatchMode", Unneeded.EXPOSURES),
    EXPOSURE_EVENT_UPLOAD_THRESHOLD(
            "AMPLITUDE_EXPOSURE_EVENT_UPLOAD_THRESHOLD", "exposure.eventUploadThreshold", Unneeded.EXPOSURES),
    EXPOSURE_EVENT_UPLOAD_PERIOD(
            "AMPLITUDE_EXPOSURE_EVENT_UPLOAD_PERIOD_MILLIS", "exposure.eventUploadPeriodMillis", Unneeded.EXPOSURES),

    METRICS_PORT("AMPLITUDE_METRICS_PORT", "metrics.port"),
    METRICS_PATH("AMPLITUDE_METRICS_PATH", "metrics.path"),
    METRICS_LOG_FAILURES("AMPLITUDE_METRICS_LOG_FAILURES", "metrics.logFailures", Unneeded.FAILURES),

    REDIS_URI("AMPLITUDE_REDIS_URI", "redis.uri", Unneeded.REDIS),
    REDIS_READ_ONLY_URI("AMPLITUDE_REDIS_READ_ONLY_URI", "redis.readOnlyUri", Unneeded.REDIS),
    REDIS_USE_CLUSTER("AMPLITUDE_REDIS_USE_CLUSTER", "redis.useCluster", Unneeded.REDIS),
    REDIS_READ_FROM("AMPLITUDE_REDIS_READ_FROM", "redis.readFrom", Unneeded.REDIS),
    REDIS_PREFIX("AMPLITUDE_REDIS_PREFIX", "redis.prefix", Unneeded.REDIS),
    REDIS_SCAN_LIMIT("AMPLITUDE_REDIS_SCAN_LIMIT", "redis.scanLimit", Unneeded.REDIS),
    REDIS_CONNECTION_TIMEOUT(
            "AMPLITUDE_REDIS_CONNECTION_TIMEOUT_MILLIS", "redis.connectionTimeoutMillis", Unneeded.REDIS),
    REDIS_COMMAND_TIMEOUT("AMPLITUDE_REDIS_COMMAND_TIMEOUT_MILLIS", "redis.commandTimeoutMillis", Unneeded.REDIS),
    REDIS_PIPELINE_BATCH_SIZE("AMPLITUDE_REDIS_PIPELINE_BATCH_SIZE", "redis.pipelineBatchSize", Unneeded.REDIS);

    static final Map<String, ProxyKey> BY_VARIABLE = by(key -> key.variable);
    static final Map<String, ProxyKey> BY_PATH = by(key -> key.path);

    final String variable;
    final String path;

    /** Why the key has no effect here; null if it has one. */
    final @Nullable Unneeded unneeded;

    ProxyKey(String variable, String path) {
        this.variable = variable;
        this.path = path;
        this.unneeded = null;
    }

    ProxyKey(String variable, String path, Unneeded unneeded) {
        this.variable = variable;
        this.path = path;
        this.unneeded = unneeded;
    }

    private static Map<String, ProxyKey> by(Function<ProxyKey, String> name) {
        return Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(name, key -> key));
    }

    /** Why keys are accepted without effect. */
    enum Unneeded {
        REDIS("Redis is not needed: a node keeps flags and cohorts in memory and on its disk"),
        UPLOADS("events are sent as they come, in batches that grow with the load"),
        EXPOSURES("a node records exposures of requests with X-Amp-Exp-Exposure-Track: track, like assignments"),
        FAILURES("failures are always logged");

        final String reason;

        Unneeded(String reason) {
            this.reason = reason;
        }
    }
}
