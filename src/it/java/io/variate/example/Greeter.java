package io.variate.example;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.variate.bus.EvaluationRequest;
import io.variate.client.EvaluationClient;
import io.variate.client.EvaluationException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.time.Duration;
import java.util.List;

/** Greets each user in the colour that the flag {@code colour} has for them; the cluster decides, in a millisecond or so. */
public final class Greeter extends VerticleBase {
    private static final String FALLBACK = "grey";

    private final EvaluationClient variants;
    private final String deploymentKey;

    private Greeter(EvaluationClient variants, String deploymentKey) {
        this.variants = variants;
        this.deploymentKey = deploymentKey;
    }

    /** Arguments: cluster name with its zone, such as {@code variate@us}, own host, address of a node, deployment key. */
    public static void main(String[] arguments) {
        join(arguments[0], arguments[1], arguments[2])
                .compose(vertx -> {
                    // One for the whole application; it learns who evaluates from the first second on.
                    EvaluationClient variants = EvaluationClient.ofCluster(vertx, Duration.ofMillis(400));
                    return vertx.deployVerticle(new Greeter(variants, arguments[3]));
                })
                .onFailure(failure -> {
                    System.err.println("cannot start: " + failure);
                    System.exit(1);
                });
    }

    /** Joins a cluster as a member that holds none of its data. */
    public static Future<Vertx> join(String clusterAndZone, String host, String node) {
        Config config = new Config().setClusterName(clusterAndZone).setLiteMember(true);
        config.setProperty("hazelcast.phone.home.enabled", "false");
        // Vert.x ends Hazelcast, after it has said goodbye on the event bus.
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        // As the nodes have it: how long a member that is silent stays one.
        config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
        config.setProperty("hazelcast.max.no.heartbeat.seconds", "6");
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(host);
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember(node);
        return Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost(host)))
                .withClusterManager(new HazelcastClusterManager(config))
                .buildClustered();
    }

    @Override
    public Future<?> start() {
        return vertx.createHttpServer()
                .requestHandler(this::greet)
                .listen(0, "127.0.0.1")
                .onSuccess(server -> System.out.println("greeting on port " + server.actualPort()));
    }

    private void greet(HttpServerRequest request) {
        String user = request.getParam("user", "somebody");
        colourOf(user)
                .onSuccess(colour -> request.response().end("Hello " + user + " in " + colour))
                .onFailure(defect -> request.response().setStatusCode(500).end());
    }

    /** The value of the flag's variant; without an answer in time the greeting goes out in the colour that is never wrong. */
    private Future<String> colourOf(String user) {
        EvaluationRequest question = EvaluationRequest.of(deploymentKey, user, List.of("colour"));
        return variants.evaluate(question)
                .map(answer -> new JsonObject(answer.answer())
                        .getJsonObject("colour", new JsonObject())
                        .getString("value", FALLBACK))
                .recover(failure -> {
                    if (failure instanceof EvaluationException typed) {
                        System.err.println("no variant for a user: " + typed.code());
                        return Future.succeededFuture(FALLBACK);
                    }
                    return Future.failedFuture(failure);
                });
    }
}
