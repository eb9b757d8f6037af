package io.variate.config;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server whose flags and cohorts this node serves: Amplitude, or another Variate.
 *
 * @param projects the projects to follow; empty means no upstream
 * @param flagsUrl base URL of flag sets, without a trailing slash, like the others
 * @param streamUrl base URL of flag streams; null means polling only
 * @param cohortsUrl base URL of cohorts
 * @param managementUrl base URL of the list of deployments
 * @param remoteFlags whether flags of remote evaluation are requested too, so that this node evaluates them
 * @param flagsInterval interval of polling the flags of a deployment
 * @param deploymentsInterval interval of polling the list of deployments
 * @param cohortsInterval interval of polling each targeted cohort
 * @param maxCohortSize members of the largest cohort requested
 * @param timeout of a request, without progress
 * @param maxRequests concurrent requests of this node, streams excluded
 * @param maxBackoff longest pause between attempts
 * @param maxAge age of the last successful poll beyond which the alert fires
 */
public record Upstream(
        List<Project> projects,
        URI flagsUrl,
        @Nullable URI streamUrl,
        URI cohortsUrl,
        URI managementUrl,
        boolean remoteFlags,
        Duration flagsInterval,
        Duration deploymentsInterval,
        Duration cohortsInterval,
        int maxCohortSize,
        Duration timeout,
        int maxRequests,
        Duration maxBackoff,
        Duration maxAge) {

    /**
     * A project of the upstream. At least one of {@code managementKey} and {@code deploymentKeys} is set.
     *
     * @param key key of the project in the ruleset; empty for the unnamed project
     * @param apiKey user name of cohort downloads; null if and only if {@code secretKey} is
     * @param secretKey password of cohort downloads
     * @param managementKey credential of the list of deployments
     * @param projectId id of the project in that list; null accepts all
     * @param deploymentKeys deployments to follow in addition to the list
     */
    public record Project(
            String key,
            @Nullable Secret apiKey,
            @Nullable Secret secretKey,
            @Nullable Secret managementKey,
            @Nullable String projectId,
            List<Secret> deploymentKeys) {

        /** Returns null if no setting of the project is set. */
        static @Nullable Project read(SettingsReader in, String section, String key) {
            Project project = new Project(
                    key,
                    in.secret(section + ".api-key"),
                    in.secret(section + ".secret-key"),
                    in.secret(section + ".management-key"),
                    in.optionalText(section + ".project-id"),
                    in.secrets(section + ".deployment-keys"));
            boolean isUnset = project.apiKey == null
                    && project.secretKey == null
                    && project.managementKey == null
                    && project.deploymentKeys.isEmpty();
            return isUnset ? null : project;
        }
    }

    private static final List<String> PROJECT_SETTINGS =
            List.of("api-key", "secret-key", "management-key", "project-id", "deployment-keys");

    static Zone zone(SettingsReader in) {
        return in.choice("upstream.zone", Zone.US, Zone.BY_NAME);
    }

    static Upstream read(SettingsReader in, Zone zone) {
        boolean streams = in.bool("upstream.streams", true);
        URI stream = in.baseUrl("upstream.stream-url", zone.stream);
        return new Upstream(
                projects(in),
                in.baseUrl("upstream.flags-url", zone.flags),
                streams ? stream : null,
                in.baseUrl("upstream.cohorts-url", zone.cohorts),
                in.baseUrl("upstream.management-url", zone.management),
                in.bool("upstream.remote-flags", true),
                in.duration("upstream.flags-interval", "60s"),
                in.duration("upstream.deployments-interval", "120s"),
                in.duration("upstream.cohorts-interval", "120s"),
                in.integer("upstream.max-cohort-size", Integer.MAX_VALUE, 1, Integer.MAX_VALUE),
                in.duration("upstream.timeout", "10s"),
                in.integer("upstream.max-requests", 8, 1, 1_000),
                in.duration("upstream.max-backoff", "60s"),
                in.duration("upstream.max-age", "10m"));
    }

    private static List<Project> projects(SettingsReader in) {
        List<Project> projects = new ArrayList<>();
        Project unnamed = Project.read(in, "upstream", "");
        if (unnamed != null) {
            projects.add(unnamed);
        }
        for (String key : in.names("upstream.projects", PROJECT_SETTINGS)) {
            Project named = Project.read(in, "upstream.projects." + key, key);
            if (named != null) {
                projects.add(named);
            }
        }
        return List.copyOf(projects);
    }

    /** Whether this node follows an upstream. */
    public boolean isSet() {
        return !projects.isEmpty();
    }

    /** A region of Amplitude with its public addresses. */
    enum Zone {
        US(""),
        EU(".eu");

        static final Map<String, Zone> BY_NAME = Map.of("us", US, "eu", EU);

        final URI flags;
        final URI stream;
        final URI cohorts;
        final URI management;
        final URI events;

        Zone(String suffix) {
            this.flags = URI.create("https://flag.lab" + suffix + ".amplitude.com");
            this.stream = URI.create("https://stream.lab" + suffix + ".amplitude.com");
            this.cohorts = URI.create("https://cohort-v2.lab" + suffix + ".amplitude.com");
            this.management = URI.create("https://experiment" + suffix + ".amplitude.com");
            this.events = URI.create("https://api" + (suffix.isEmpty() ? "2" : suffix) + ".amplitude.com/batch");
        }
    }
}
