package io.variate.upstream;

import io.variate.config.Secret;
import io.variate.config.Upstream;
import io.variate.upstream.DeploymentPage.Listed;
import io.vertx.core.Future;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The list of deployments of a project upstream, all pages of it.
 *
 * <p>Source: Amplitude's management API.
 */
final class DeploymentList {
    private static final int MAX_PAGES = 100;
    private static final int MAX_PAGE_BYTES = 16 * 1024 * 1024;
    private static final int OK = 200;

    private final UpstreamClient client;
    private final String url;
    private final Credentials credentials;
    private final @Nullable String projectId;

    DeploymentList(UpstreamClient client, Upstream settings, Upstream.Project project, Secret managementKey) {
        this.client = client;
        this.url = settings.managementUrl() + "/api/1/deployments?limit=1000";
        this.credentials = Credentials.ofManagement(managementKey);
        this.projectId = project.projectId();
    }

    /** The deployments of the project, without deleted ones. */
    Future<List<Listed>> request() {
        return page(null, new HashSet<>(), new ArrayList<>());
    }

    /** A cursor that repeats ends the list, as an empty page would. */
    private Future<List<Listed>> page(@Nullable String cursor, Set<String> seen, List<Listed> found) {
        String suffix = cursor == null ? "" : "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8);
        return client.get(URI.create(url + suffix), credentials, Map.of(), MAX_PAGE_BYTES)
                .compose(response -> {
                    if (response.status() != OK) {
                        return Future.failedFuture(response.head().failure());
                    }
                    DeploymentPage page = DeploymentPage.read(response.body().toString());
                    page.deployments().stream()
                            .filter(each -> projectId == null || projectId.equals(each.projectId()))
                            .forEach(found::add);
                    String next = page.nextCursor();
                    return next == null || !seen.add(next) || seen.size() >= MAX_PAGES
                            ? Future.succeededFuture(found)
                            : page(next, seen, found);
                });
    }
}
