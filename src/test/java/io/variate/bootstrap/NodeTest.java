package io.variate.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.variate.config.Settings;
import io.variate.config.SettingsLoader;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTest {
    private static final String UNKNOWN_HOST = "unknown.invalid";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void failsIfTheClusterHostDoesNotResolve() {
        Future<Node> started = Node.start(settings("true"));

        assertThatThrownBy(() -> started.await(30, TimeUnit.SECONDS))
                .hasMessage("cluster.host: cannot resolve " + UNKNOWN_HOST);
    }

    @Test
    void ignoresTheClusterHostWithoutACluster() throws Exception {
        Node node = Node.start(settings("false")).await(30, TimeUnit.SECONDS);

        assertThat(node.httpPort()).isPositive();
        node.stop().await(30, TimeUnit.SECONDS);
    }

    private Settings settings(String clustered) {
        return SettingsLoader.load(
                null,
                Map.of(
                        "VARIATE_CLUSTER_ENABLED",
                        clustered,
                        "VARIATE_CLUSTER_HOST",
                        UNKNOWN_HOST,
                        "VARIATE_HTTP_PORT",
                        "0",
                        "VARIATE_ADMIN_PORT",
                        "0",
                        "VARIATE_NODE_DATA_DIR",
                        directory.toString()));
    }
}
