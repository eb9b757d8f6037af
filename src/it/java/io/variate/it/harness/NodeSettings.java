package io.variate.it.harness;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The settings of one node as environment variables; ports are any free ones unless they are set. */
public final class NodeSettings {
    private final Path directory;
    private final Map<String, String> environment = new LinkedHashMap<>();

    private NodeSettings(Path directory) {
        this.directory = directory;
    }

    /** A node whose working directory has its name, under the given directory. */
    public static NodeSettings of(Path parent, String id) {
        return new NodeSettings(parent.resolve(id))
                .set("node.id", id)
                .set("http.host", "127.0.0.1")
                .set("http.port", 0)
                .set("admin.port", 0)
                // A slow machine must not cause timeouts.
                .set("evaluation.timeout", "4s")
                .set("rulesets.check-interval", "250ms");
    }

    public NodeSettings set(String path, Object value) {
        environment.put(variable(path), value.toString());
        return this;
    }

    private static String variable(String path) {
        return "VARIATE_" + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** Sets an environment variable that is no setting of this server. */
    public NodeSettings variable(String name, Object value) {
        environment.put(name, value.toString());
        return this;
    }

    /** Leaves a setting at its default. */
    public NodeSettings unset(String path) {
        environment.remove(variable(path));
        return this;
    }

    /** Sets a property of the JVM. */
    public NodeSettings property(String name, Object value) {
        environment.put("JDK_JAVA_OPTIONS", "-D" + name + "=" + value);
        return this;
    }

    /** Makes the node follow an upstream whose resources all have one base URL; projects are set apart. */
    public NodeSettings following(String url) {
        return set("upstream.flags-url", url)
                .set("upstream.stream-url", url)
                .set("upstream.cohorts-url", url)
                .set("upstream.management-url", url);
    }

    /** Makes the node a member of a cluster of nodes that listen on the given ports. */
    public NodeSettings joining(String cluster, int port, Integer... members) {
        String addresses =
                Stream.of(members).map(member -> "127.0.0.1:" + member).collect(Collectors.joining(","));
        return set("cluster.enabled", true)
                .set("cluster.name", cluster)
                .set("cluster.port", port)
                .set("cluster.members", addresses);
    }

    /** Makes the node a member of a cluster, listening on the port at the given index. */
    public NodeSettings joining(String cluster, List<Integer> ports, int place) {
        return joining(cluster, ports.get(place), ports.toArray(Integer[]::new));
    }

    public Path directory() {
        return directory;
    }

    public Map<String, String> environment() {
        return Map.copyOf(environment);
    }
}
