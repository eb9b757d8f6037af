package io.variate.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import io.variate.testing.Contract;
import io.variate.testing.RunningNode;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compares the routes of both ports with their OpenAPI descriptions. */
class DescribedRoutesTest {
    @SuppressWarnings("NullAway.Init")
    private static RunningNode node;

    @BeforeAll
    static void start() {
        node = RunningNode.start(Map.of());
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void thePublicDescriptionListsExactlyTheRoutes() {
        compare(Contract.PUBLIC.exampleRequests(), patterns(node.node().routes()));
    }

    @Test
    void theAdminDescriptionListsExactlyTheRoutes() {
        compare(Contract.ADMIN.exampleRequests(), patterns(node.node().adminRoutes()));
    }

    private static void compare(List<String> described, List<String> routes) {
        assertThat(routes).isNotEmpty().allSatisfy(route -> assertThat(described)
                .anyMatch(request -> request.matches(route)));
        assertThat(described).isNotEmpty().allSatisfy(request -> assertThat(routes)
                .anyMatch(request::matches));
    }

    /** Patterns of requests. Omits routes for all methods, which only answer 405. */
    private static List<String> patterns(List<Route> all) {
        List<String> routes = new ArrayList<>();
        for (Route route : all) {
            if (route.methods() != null) {
                for (HttpMethod method : route.methods()) {
                    routes.add(method + " " + pattern(route));
                }
            }
        }
        return routes;
    }

    private static String pattern(Route route) {
        String path = route.getPath().replace(".", "\\.").replaceAll(":[A-Za-z]+", "[^/]+");
        return route.isExactPath() ? path : path + ".*";
    }
}
