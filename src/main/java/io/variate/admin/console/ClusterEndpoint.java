package io.variate.admin.console;

import io.variate.admin.Replies;
import io.variate.bus.Addresses;
import io.variate.bus.NodeReport;
import io.variate.bus.NodeReportRequest;
import io.variate.cluster.Cluster;
import io.variate.cluster.Cluster.Peer;
import io.variate.management.access.Caller;
import io.variate.management.access.Right;
import io.variate.web.Endpoints;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/1/cluster}: the state of all nodes, each as it describes itself. */
public final class ClusterEndpoint implements Endpoints {
    private static final String PATH = "/api/1/cluster";

    /** Longer than a node needs to describe itself, also while its disk does not respond. */
    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(1_500);

    private final NodeState own;
    private final Cluster cluster;
    private final EventBus bus;

    /** Describes this node and the others. */
    public ClusterEndpoint(NodeState own, Cluster cluster, EventBus bus) {
        this.own = own;
        this.cluster = cluster;
        this.bus = bus;
    }

    @Override
    public void addTo(Router router) {
        router.get(PATH).handler(this::show);
        router.route(PATH).handler(Replies.onlyAllows("GET, HEAD"));
    }

    private void show(RoutingContext context) {
        boolean seesLedger = Caller.of(context).permitsEverywhere(Right.READ);
        List<Peer> peers = cluster.others();
        List<Future<JsonObject>> others = peers.stream().map(this::request).toList();
        Future<JsonObject> self = own.read();
        Future.join(others)
                .transform(answered -> self)
                .onSuccess(state -> Replies.json(context, 200, merge(state, peers, others, seesLedger)))
                .onFailure(context::fail);
    }

    /** Fails at once for a node of an earlier release, which does not know the message. */
    private Future<JsonObject> request(Peer peer) {
        return bus.<NodeReport>request(Addresses.reportOf(peer.member()), new NodeReportRequest(), OPTIONS)
                .map(message -> new JsonObject(message.body().json()));
    }

    private JsonObject merge(JsonObject self, List<Peer> peers, List<Future<JsonObject>> others, boolean seesLedger) {
        List<JsonObject> nodes = new ArrayList<>(List.of(self));
        List<String> missing = new ArrayList<>();
        for (int i = 0; i < peers.size(); i++) {
            JsonObject other = others.get(i).result();
            if (other == null) {
                missing.add(peers.get(i).node());
            } else {
                nodes.add(other);
            }
        }
        if (!seesLedger) {
            nodes.forEach(node -> node.remove("ledger"));
        }
        nodes.sort(Comparator.comparing(node -> node.getString("name", "")));
        return new JsonObject()
                .put("nodes", new JsonArray(nodes))
                .put("revision", revision(nodes))
                .put("leader", cluster.leader())
                .put("missing", new JsonArray(missing.stream().sorted().toList()));
    }

    /** The newest that any node serves. */
    private static @Nullable Long revision(List<JsonObject> nodes) {
        Long newest = null;
        for (JsonObject node : nodes) {
            Long served = node.getLong("revision");
            newest = newest == null || (served != null && served > newest) ? served : newest;
        }
        return newest;
    }
}
