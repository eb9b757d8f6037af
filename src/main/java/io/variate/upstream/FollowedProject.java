package io.variate.upstream;

import io.variate.config.Secret;
import io.variate.config.Upstream;
import io.variate.upstream.DeploymentPage.Listed;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the list of deployments of a project: those of the management API, and those of the settings. Belongs to one
 * Vert.x context.
 */
final class FollowedProject {
    private final Upstream.Project project;
    private final @Nullable Poller poller;
    private final UpstreamStatus.@Nullable Resource status;
    private final BiConsumer<Upstream.Project, Map<String, String>> onList;

    /**
     * Does nothing before {@link #start}.
     *
     * @param onList called with the labels of all deployments, by key, after each success
     */
    FollowedProject(
            Vertx vertx,
            UpstreamClient client,
            Upstream settings,
            UpstreamStatus upstream,
            Upstream.Project project,
            BiConsumer<Upstream.Project, Map<String, String>> onList) {
        this.project = project;
        this.onList = onList;
        Secret managementKey = project.managementKey();
        if (managementKey == null) {
            poller = null;
            status = null;
        } else {
            DeploymentList list = new DeploymentList(vertx, client, settings, project, managementKey);
            status = upstream.add(
                    UpstreamStatus.Kind.DEPLOYMENTS, project.key().isEmpty() ? "(unnamed project)" : project.key());
            poller = new Poller(
                    vertx, () -> poll(list), settings::deploymentsInterval, new Backoff(settings.maxBackoff()));
        }
    }

    void start() {
        if (poller == null) {
            onList.accept(project, withSettings(List.of()));
        } else {
            poller.pollNow();
        }
    }

    private Future<Void> poll(DeploymentList list) {
        return list.request()
                .onSuccess(found -> {
                    if (status != null) {
                        status.succeeded();
                    }
                    onList.accept(project, withSettings(found));
                })
                .onFailure(failure -> {
                    if (status != null) {
                        status.failed(failure);
                    }
                })
                .mapEmpty();
    }

    private Map<String, String> withSettings(List<Listed> listed) {
        Map<String, String> labels = new LinkedHashMap<>();
        listed.forEach(each -> labels.put(each.key(), each.label()));
        project.deploymentKeys().forEach(key -> labels.putIfAbsent(key.value(), FollowedDeployment.label(key.value())));
        return labels;
    }

    Upstream.Project project() {
        return project;
    }

    /** Deployments that are followed before the list arrives. */
    Map<String, String> ofSettings() {
        return withSettings(List.of());
    }

    /** Null if the project has no list upstream. */
    @Nullable
    Poller poller() {
        return poller;
    }

    void stop() {
        if (poller != null) {
            poller.stop();
        }
        if (status != null) {
            status.remove();
        }
    }
}
