package io.variate.cohorts;

import io.variate.bus.Addresses;
import io.variate.bus.CohortHeadsRequest;
import io.variate.bus.CohortHeadsResponse;
import io.variate.bus.CohortHeadsResponse.Head;
import io.variate.bus.CohortSlice;
import io.variate.bus.CohortSliceRequest;
import io.variate.bus.FailureCode;
import io.variate.cohorts.CohortBody.OnDisk;
import io.variate.store.StoredCohort;
import io.variate.store.StoredCohorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Exchanges uploaded cohorts with other nodes over the event bus. Thread-safe; never blocks the caller. */
final class CohortPeers {
    /** Small enough not to delay the evaluations that follow it on the same connection. */
    private static final int PIECE = 1 << 17;

    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(5_000);

    private final Vertx vertx;
    private final UploadedCohorts uploaded;
    private final Supplier<StoredCohorts> known;
    private final Supplier<Future<Boolean>> confirmation;
    private final WorkerExecutor reader;

    /**
     * Creates an endpoint that offers the cohorts of this node; see {@link #serveAs}.
     *
     * @param known the cohorts that this node knows of
     * @param confirmation reads the source; completes with whether it answered
     */
    CohortPeers(
            Vertx vertx,
            UploadedCohorts uploaded,
            Supplier<StoredCohorts> known,
            Supplier<Future<Boolean>> confirmation) {
        this.vertx = vertx;
        this.uploaded = uploaded;
        this.known = known;
        this.confirmation = confirmation;
        this.reader = vertx.createSharedWorkerExecutor("variate-cohort-reader", 1);
    }

    /** Replies to requests at the addresses of this node until Vert.x is closed. */
    Future<?> serveAs(String member) {
        return Future.all(
                vertx.eventBus()
                        .<CohortHeadsRequest>consumer(Addresses.cohortHeadsOf(member), this::replyHeads)
                        .completion(),
                vertx.eventBus()
                        .<CohortSliceRequest>consumer(Addresses.cohortMembersOf(member), this::replyMembers)
                        .completion());
    }

    /** Subscribes to announcements of changes, which are only hints. The callback runs on any thread. */
    Future<?> onChange(Runnable callback) {
        return vertx.eventBus()
                .<Object>consumer(Addresses.COHORTS_CHANGED, message -> callback.run())
                .completion();
    }

    /** Announces a change to all nodes. */
    void announce() {
        vertx.eventBus().publish(Addresses.COHORTS_CHANGED, headsRequest(known.get(), true));
    }

    /**
     * Asks another node which cohorts exist.
     *
     * <p>A lower revision, or different content of the same revision, is accepted only from a node that has just read the
     * source: that node may otherwise be behind this one.
     *
     * @param complete whether this node serves every cohort that it knows of
     * @return null if this node is up to date, or the other node may be behind
     */
    Future<@Nullable StoredCohorts> heads(String member, boolean complete) {
        StoredCohorts own = known.get();
        return vertx.eventBus()
                .<CohortHeadsResponse>request(Addresses.cohortHeadsOf(member), headsRequest(own, complete), OPTIONS)
                .map(message -> newer(own, complete, message.body()));
    }

    private static CohortHeadsRequest headsRequest(StoredCohorts own, boolean complete) {
        return new CohortHeadsRequest(complete ? own.revision() : -1, own.revision(), own.fingerprint());
    }

    private static @Nullable StoredCohorts newer(StoredCohorts own, boolean complete, CohortHeadsResponse answer) {
        if (answer.revision() < 0) {
            return null;
        }
        boolean same = answer.revision() == own.revision()
                && (answer.fingerprint() == own.fingerprint() || answer.fingerprint() == 0);
        if (same) {
            return complete ? null : heads(answer);
        }
        return answer.revision() > own.revision() || answer.confirmed() ? heads(answer) : null;
    }

    /** The members of cohorts as another node serves them. */
    MemberSource membersOf(String member) {
        return (head, offset, number) -> vertx.eventBus()
                .<CohortSlice>request(
                        Addresses.cohortMembersOf(member),
                        new CohortSliceRequest(
                                head.id(),
                                head.lastModified(),
                                offset,
                                Math.toIntExact(Math.min(PIECE, head.bytes() - offset))),
                        OPTIONS)
                .map(message -> message.body().bytes());
    }

    /** If the requesting node has a higher revision or different content, this node reads the source before it replies. */
    private void replyHeads(Message<CohortHeadsRequest> message) {
        CohortHeadsRequest asked = message.body();
        StoredCohorts all = known.get();
        boolean ahead = asked.fingerprint() != 0
                && (asked.latest() > all.revision()
                        || (asked.latest() == all.revision() && asked.fingerprint() != all.fingerprint()));
        if (!ahead) {
            replyHeads(message, all, false);
            return;
        }
        confirmation
                .get()
                .onComplete(confirmed -> replyHeads(
                        message, known.get(), confirmed.succeeded() && Boolean.TRUE.equals(confirmed.result())));
    }

    private static void replyHeads(Message<CohortHeadsRequest> message, StoredCohorts all, boolean confirmed) {
        CohortHeadsRequest asked = message.body();
        long fingerprint = all.fingerprint();
        message.reply(new CohortHeadsResponse(
                all.revision(),
                fingerprint,
                confirmed,
                all.revision() == asked.known() && (asked.fingerprint() == 0 || asked.fingerprint() == fingerprint)
                        ? List.of()
                        : all.cohorts().stream()
                                .map(head -> new Head(
                                        head.id(),
                                        head.groupType(),
                                        head.lastModified(),
                                        head.size(),
                                        head.bytes(),
                                        head.checksum(),
                                        head.upload()))
                                .toList()));
    }

    private static StoredCohorts heads(CohortHeadsResponse response) {
        return new StoredCohorts(
                response.revision(),
                response.heads().stream()
                        .map(head -> new StoredCohort(
                                head.id(),
                                head.groupType(),
                                head.lastModified(),
                                head.size(),
                                head.bytes(),
                                head.checksum(),
                                head.upload()))
                        .toList());
    }

    private void replyMembers(Message<CohortSliceRequest> message) {
        CohortSliceRequest asked = message.body();
        CohortId id = CohortId.parse(asked.id());
        Cohort cohort = id == null ? null : uploaded.find(id);
        if (cohort == null
                || cohort.lastModified() != asked.lastModified()
                || !(cohort.body() instanceof OnDisk body)
                || asked.offset() < 0
                || asked.length() < 0
                || asked.length() > PIECE) {
            message.fail(FailureCode.INVALID_REQUEST.number(), "this node does not serve that version of the cohort");
            return;
        }
        reader.executeBlocking(() -> read(cohort, body, asked))
                .onComplete(
                        bytes -> message.reply(new CohortSlice(bytes)),
                        failure -> message.fail(FailureCode.INTERNAL.number(), "cannot read the cohort from disk"));
    }

    private static Buffer read(Cohort cohort, OnDisk body, CohortSliceRequest asked) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(asked.length());
        try (FileChannel file = FileChannel.open(body.json())) {
            long at = body.start() + CohortFormat.start(cohort.head()).length + asked.offset();
            while (bytes.hasRemaining() && file.read(bytes, at + bytes.position()) >= 0) {
                // Continues where the last read ended.
            }
        }
        return Buffer.buffer(bytes.array()).slice(0, bytes.position());
    }
}
