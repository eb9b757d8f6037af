package io.variate.upstream;

import io.variate.config.Secret;
import io.variate.config.Upstream;
import io.variate.upstream.DeploymentPage.Listed;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The list of deployments of a project upstream, all pages of it. Belongs to one Vert.x context.
 *
 * <p>Source: Amplitude's management API.
 */
final class DeploymentList {
    private static final Logger log = LoggerFactory.getLogger(DeploymentList.class);

    /** Each deployment has requests and a connection of its own. */
    private static final int MAX_DEPLOYMENTS = 10_000;

    private static final int MAX_PAGES = 100;
    private static final int MAX_PAGE_BYTES = 16 * 1024 * 1024;
    private static final int OK = 200;

    private final Vertx vertx;
    private final UpstreamClient client;
    private final String url;
    private final Credentials credentials;
    private final @Nullable String projectId;
    private boolean hasReportedUnusable;

    DeploymentList(
            Vertx vertx, UpstreamClient client, Upstream settings, Upstream.Project project, Secret managementKey) {
        this.vertx = vertx;
        this.client = client;
        this.url = settings.managementUrl() + "/api/1/deployments?limit=1000";
        this.credentials = Credentials.ofManagement(managementKey);
        this.projectId = project.projectId();
    }

    /** The deployments of the project, without deleted ones. A list that does not end in bounds fails as a whole. */
    Future<List<Listed>> request() {
        return page(null, new HashSet<>(), new ArrayList<>());
    }

    private Future<List<Listed>> page(@Nullable String cursor, Set<String> seen, List<Listed> found) {
        String suffix = cursor == null ? "" : "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8);
        return client.get(URI.create(url + suffix), credentials, Map.of(), MAX_PAGE_BYTES, this::read)
                .compose(page -> {
                    page.deployments().stream()
                            .filter(each -> projectId == null || projectId.equals(each.projectId()))
                            .forEach(found::add);
                    reportUnusable(page);
                    if (found.size() > MAX_DEPLOYMENTS) {
                        return invalid("more than " + MAX_DEPLOYMENTS + " deployments");
                    }
                    String next = page.nextCursor();
                    // The cursor is an offset: after the last deployment it may stay.
                    if (next == null || (page.isEmpty() && next.equals(cursor))) {
                        return Future.succeededFuture(found);
                    }
                    if (!seen.add(next)) {
                        return invalid("a list of deployments that repeats a cursor");
                    }
                    return seen.size() >= MAX_PAGES
                            ? invalid("more than " + MAX_PAGES + " pages of deployments")
                            : page(next, seen, found);
                });
    }

    private Future<DeploymentPage> read(UpstreamClient.Response response) {
        return response.status() == OK
                ? vertx.executeBlocking(
                        () -> DeploymentPage.read(response.body().toString()), true)
                : Future.failedFuture(response.head().failure());
    }

    private static <T> Future<T> invalid(String what) {
        return Future.failedFuture(new UpstreamException(UpstreamException.Kind.INVALID, "the upstream sent " + what));
    }

    private void reportUnusable(DeploymentPage page) {
        if (page.unusable() > 0 && !hasReportedUnusable) {
            hasReportedUnusable = true;
            log.warn(
                    "deployments of the upstream left out, since a header cannot have their keys: count={}",
                    page.unusable());
        }
    }
}
