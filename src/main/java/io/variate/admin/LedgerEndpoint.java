package io.variate.admin;

import io.variate.assignments.LedgerReader;
import io.variate.bus.Addresses;
import io.variate.bus.LedgerRequest;
import io.variate.bus.LedgerResponse;
import io.variate.cluster.Cluster;
import io.variate.cluster.Cluster.Peer;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /api/1/ledger}: what became of every evaluation, on this node and on all. */
public final class LedgerEndpoint {
    private static final Logger log = LoggerFactory.getLogger(LedgerEndpoint.class);

    /** Longer than a node may take to read its books. */
    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(1_000);

    private final Settings settings;
    private final LedgerReader books;
    private final Cluster cluster;
    private final EventBus bus;

    /** Reads the books of this node, and asks the others of the cluster for theirs. */
    public LedgerEndpoint(Settings settings, LedgerReader books, Cluster cluster, EventBus bus) {
        this.settings = settings;
        this.books = books;
        this.cluster = cluster;
        this.bus = bus;
    }

    void show(RoutingContext context) {
        List<Peer> peers = cluster.otherEvaluators();
        Future<LedgerResponse> own = books.ledger();
        List<Future<LedgerResponse>> others = peers.stream().map(this::ask).toList();
        Future.join(others)
                .transform(answered -> own)
                .onSuccess(ledger -> Replies.json(context, 200, report(ledger, peers, others)))
                .onFailure(failure -> {
                    log.warn("the ledger cannot be read: {}", failure.toString());
                    Replies.error(context, 503, "ledger_unavailable", "the disk of this node does not answer");
                });
    }

    private Future<LedgerResponse> ask(Peer peer) {
        return bus.<LedgerResponse>request(Addresses.ledgerOf(peer.member()), new LedgerRequest(), OPTIONS)
                .map(message -> message.body())
                .onFailure(
                        failure -> log.warn("node {} does not tell its ledger: {}", peer.node(), failure.toString()));
    }

    private JsonObject report(LedgerResponse own, List<Peer> peers, List<Future<LedgerResponse>> others) {
        LedgerResponse sum = own;
        List<String> nodes = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        if (settings.has(Role.EVALUATOR)) {
            nodes.add(settings.node().id());
        }
        for (int i = 0; i < peers.size(); i++) {
            LedgerResponse other = others.get(i).result();
            (other == null ? missing : nodes).add(peers.get(i).node());
            sum = other == null ? sum : sum.plus(other);
        }
        JsonObject node = new JsonObject().put("id", settings.node().id());
        JsonObject all = new JsonObject()
                .put("nodes", sorted(nodes))
                .put("missing", sorted(missing))
                .put("partial", !missing.isEmpty());
        return new JsonObject().put("node", write(own, node)).put("cluster", write(sum, all));
    }

    private static JsonArray sorted(List<String> ids) {
        return new JsonArray(ids.stream().sorted().toList());
    }

    private static JsonObject write(LedgerResponse ledger, JsonObject json) {
        JsonObject lost = new JsonObject();
        ledger.lost().forEach(lost::put);
        return json.put("evaluated", ledger.evaluated())
                .put("exposures", ledger.exposures())
                .put("received", ledger.received())
                .put("untracked", ledger.untracked())
                .put("deduplicated", ledger.deduplicated())
                .put("delivered", ledger.delivered())
                .put("spooled", ledger.spooled())
                .put("lost", lost)
                .put(
                        "lag",
                        new JsonObject()
                                .put("records", ledger.spooled())
                                .put("bytes", ledger.spooledBytes())
                                .put("seconds", ledger.lagMillis() / 1000.0));
    }
}
