package io.variate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.variate.config.Secret;
import io.variate.config.Upstream;
import io.variate.testing.LogLines;
import io.variate.upstream.DeploymentPage.Listed;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeploymentListTest {
    private static final String PATH = "/api/1/deployments";

    private final Vertx vertx = Vertx.vertx();
    private StandInServer server;
    private UpstreamClient client;
    private DeploymentList list;

    @BeforeEach
    void start() {
        server = new StandInServer(vertx);
        Upstream settings =
                UpstreamSettings.of(server.url(), Duration.ofSeconds(1), Duration.ofSeconds(10), 8, List.of());
        client = new UpstreamClient(vertx, settings);
        list = new DeploymentList(
                vertx, client, settings, UpstreamSettings.unnamed(), new Secret(UpstreamSettings.MANAGEMENT_KEY));
    }

    @AfterEach
    void stop() {
        client.close().await();
        vertx.close().await();
    }

    private static String page(List<String> keys, String nextCursor) {
        return keys.stream()
                .map(key -> "{\"key\":\"" + key + "\"}")
                .collect(Collectors.joining(",", "{\"deployments\":[", "],\"nextCursor\":" + nextCursor + "}"));
    }

    private static List<String> keys(int count) {
        return IntStream.range(0, count).mapToObj(i -> "server-" + i).toList();
    }

    private UpstreamException failure() {
        return catchThrowableOfType(
                UpstreamException.class, () -> list.request().await());
    }

    @Test
    void readsAsManyDeploymentsAsTheBound() {
        server.answer(PATH, 200, page(keys(10_000), "null"));

        assertThat(list.request().await()).hasSize(10_000);
    }

    @Test
    void aLongerListIsInvalid() {
        server.answer(PATH, 200, page(keys(10_001), "null"));

        assertThat(failure().kind()).isEqualTo(UpstreamException.Kind.INVALID);
    }

    @Test
    void aCursorThatRepeatsIsInvalid() {
        server.answer(PATH, 200, page(keys(1), "7"));

        assertThat(failure().kind()).isEqualTo(UpstreamException.Kind.INVALID);
    }

    @Test
    void anEmptyPageWithTheSameCursorEndsTheList() {
        server.on(PATH, request -> request.response()
                .end(page(request.getParam("cursor") == null ? keys(1) : List.of(), "1")));

        assertThat(list.request().await()).hasSize(1);
    }

    @Test
    void aListThatDoesNotEndIsInvalid() {
        AtomicInteger cursor = new AtomicInteger();
        server.on(PATH, request -> request.response().end(page(keys(1), "" + cursor.incrementAndGet())));

        assertThat(failure().kind()).isEqualTo(UpstreamException.Kind.INVALID);
        assertThat(cursor).hasValue(100);
    }

    @Test
    void ignoresKeysThatAHeaderCannotHave() {
        List<String> keys = List.of(
                "server-one", "", "nul\\u0000", "line\\r\\nfeed", "\u00e4", "a b", "x".repeat(1001), "x".repeat(1000));
        server.answer(PATH, 200, page(keys, "null"));

        try (LogLines lines = new LogLines(DeploymentList.class)) {
            assertThat(list.request().await()).extracting(Listed::key).containsExactly("server-one", "x".repeat(1000));
            list.request().await();

            assertThat(lines.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN")
                    .endsWith("count=6");
        }
    }
}
