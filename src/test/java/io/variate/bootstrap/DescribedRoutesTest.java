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

/** Compares the routes of the public port with its OpenAPI description. */
class DescribedRoutesTest {
    private static final List<String> DESCRIBED = Contract.PUBLIC.exampleRequests();

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
    void theDescriptionContainsEveryRoute() {
        assertThat(routes()).isNotEmpty().allSatisfy(route -> assertThat(DESCRIBED)
                .anyMatch(request -> request.matches(route)));
    }

    @Test
    void everyDescribedRequestHasARoute() {
        assertThat(DESCRIBED).isNotEmpty().allSatisfy(request -> assertThat(routes())
                .anyMatch(request::matches));
    }

    /** Patterns of requests. Omits routes for all methods, which only answer 405. */
    private static List<String> routes() {
        List<String> routes = new ArrayList<>();
        for (Route route : node.node().routes()) {
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
