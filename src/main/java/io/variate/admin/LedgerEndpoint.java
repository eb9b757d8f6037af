package io.variate.admin;

import io.variate.assignments.LedgerReader;
import io.variate.bus.Addresses;
import io.variate.bus.LedgerRequest;
import io.variate.bus.LedgerResponse;
import io.variate.cluster.Cluster;
import io.variate.cluster.Cluster.Peer;
import io.variate.config.Settings;
import io.variate.config.Settings.Role;
import io.variate.management.access.Right;
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

/** {@code GET /api/1/ledger}: the counters of evaluations and events, of this node and of the whole cluster. */
public final class LedgerEndpoint {
    private static final Logger log = LoggerFactory.getLogger(LedgerEndpoint.class);

    /** Longer than a node needs to read its ledger. */
    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(1_000);

    private final Settings settings;
    private final LedgerReader reader;
    private final Cluster cluster;
    private final EventBus bus;

    /** Reads the ledger of this node, and requests those of the other nodes. */
    public LedgerEndpoint(Settings settings, LedgerReader reader, Cluster cluster, EventBus bus) {
        this.settings = settings;
        this.reader = reader;
        this.cluster = cluster;
        this.bus = bus;
    }

    void show(RoutingContext context) {
        if (!Rights.haveEverywhere(context, Right.READ)) {
            return;
        }
        List<Peer> peers = cluster.othersWithLedger();
        Future<LedgerResponse> own = reader.ledger();
        List<Future<LedgerResponse>> others = peers.stream().map(this::request).toList();
        Future.join(others)
                .transform(answered -> own)
                .onSuccess(ledger -> Replies.json(context, 200, report(ledger, peers, others)))
                .onFailure(failure -> {
                    log.warn("cannot read the ledger: {}", failure.toString());
                    Replies.error(context, 503, "ledger_unavailable", "the disk of this node does not respond");
                });
    }

    private Future<LedgerResponse> request(Peer peer) {
        return bus.<LedgerResponse>request(Addresses.ledgerOf(peer.member()), new LedgerRequest(), OPTIONS)
                .map(message -> message.body())
                .onFailure(failure -> log.warn(
                        "cannot read the ledger of another node: {}; the cluster ledger is partial node={}",
                        failure.toString(),
                        peer.node()));
    }

    private JsonObject report(LedgerResponse own, List<Peer> peers, List<Future<LedgerResponse>> others) {
        LedgerResponse sum = own;
        List<String> nodes = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        if (settings.has(Role.EVALUATOR) || settings.forwardsFromKafka()) {
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
        return new JsonObject().put("node", addCounters(own, node)).put("cluster", addCounters(sum, all));
    }

    private static JsonArray sorted(List<String> ids) {
        return new JsonArray(ids.stream().sorted().toList());
    }

    /** The counters of a ledger. */
    public static JsonObject toJson(LedgerResponse ledger) {
        return addCounters(ledger, new JsonObject());
    }

    private static JsonObject addCounters(LedgerResponse ledger, JsonObject json) {
        JsonObject lost = new JsonObject();
        ledger.lost().forEach(lost::put);
        JsonObject forwarded = new JsonObject();
        ledger.forwarded().forEach((destination, account) -> forwarded.put(destination, toJson(account)));
        return json.put("evaluated", ledger.evaluated())
                .put("exposures", ledger.exposures())
                .put("received", ledger.received())
                .put("untracked", ledger.untracked())
                .put("deduplicated", ledger.deduplicated())
                .put("delivered", ledger.delivered())
                .put("spooled", ledger.spooled())
                .put("lost", lost)
                .put("forwarded", forwarded)
                .put(
                        "lag",
                        new JsonObject()
                                .put("records", ledger.spooled())
                                .put("bytes", ledger.spooledBytes())
                                .put("seconds", ledger.lagMillis() / 1000.0));
    }

    private static JsonObject toJson(LedgerResponse.Forwarded account) {
        return new JsonObject()
                .put("received", account.received())
                .put("delivered", account.delivered())
                .put("rejected", account.rejected())
                .put("pending", account.pending());
    }
}
