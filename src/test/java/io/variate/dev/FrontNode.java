package io.variate.dev;

import io.variate.bootstrap.Node;
import io.variate.config.SettingsLoader;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.Map;

/**
 * A node in front of the development server, which stands in for Amplitude: it follows its flags and cohorts, and delivers
 * its events to it.
 */
final class FrontNode {
    static final int HTTP_PORT = 8090;
    static final int ADMIN_PORT = 8091;

    private FrontNode() {}

    /**
     * Starts the node.
     *
     * @param upstream the development server
     * @param directory for its data
     */
    static Future<Node> start(Node upstream, Path directory, String adminToken, String apiKey, String secretKey) {
        String base = "http://127.0.0.1:" + upstream.httpPort();
        return Node.start(SettingsLoader.load(
                null,
                Map.ofEntries(
                        Map.entry("VARIATE_HTTP_HOST", "127.0.0.1"),
                        Map.entry("VARIATE_HTTP_PORT", "" + HTTP_PORT),
                        Map.entry("VARIATE_HTTP_PAGE", "true"),
                        Map.entry("VARIATE_ADMIN_PORT", "" + ADMIN_PORT),
                        Map.entry("VARIATE_ADMIN_TOKEN", adminToken),
                        Map.entry("VARIATE_NODE_ID", "front"),
                        Map.entry("VARIATE_NODE_DATA_DIR", directory.toString()),
                        Map.entry("VARIATE_UPSTREAM_FLAGS_URL", base),
                        Map.entry("VARIATE_UPSTREAM_STREAM_URL", base),
                        Map.entry("VARIATE_UPSTREAM_COHORTS_URL", base),
                        Map.entry("VARIATE_UPSTREAM_MANAGEMENT_URL", "http://127.0.0.1:" + upstream.adminPort()),
                        Map.entry("VARIATE_UPSTREAM_API_KEY", apiKey),
                        Map.entry("VARIATE_UPSTREAM_SECRET_KEY", secretKey),
                        Map.entry("VARIATE_UPSTREAM_MANAGEMENT_KEY", adminToken),
                        Map.entry("VARIATE_UPSTREAM_COHORTS_INTERVAL", "2s"),
                        Map.entry("VARIATE_AMPLITUDE_EVENTS", "true"),
                        Map.entry("VARIATE_AMPLITUDE_URL", base + "/batch"),
                        Map.entry("VARIATE_LOG_FORMAT", "text"))));
    }
}
