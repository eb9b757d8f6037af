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

/** What nodes tell each other of uploaded cohorts, over the event bus. Thread-safe, never blocks the caller. */
final class CohortPeers {
    /** Small enough that an evaluation which follows it on the same connection does not wait noticeably. */
    private static final int PIECE = 1 << 17;

    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(5_000);

    private final Vertx vertx;
    private final UploadedCohorts uploaded;
    private final Supplier<StoredCohorts> known;
    private final Supplier<Future<Boolean>> confirmation;
    private final WorkerExecutor reader;

    /**
     * Tells of the cohorts of this node.
     *
     * @param known what this node knows of all
     * @param confirmation reads the database, and says whether it could
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

    /** Answers other nodes at the addresses of this one, until Vert.x is closed. */
    Future<?> answerAs(String member) {
        return Future.all(
                vertx.eventBus()
                        .<CohortHeadsRequest>consumer(Addresses.cohortHeadsOf(member), this::tellHeads)
                        .completion(),
                vertx.eventBus()
                        .<CohortSliceRequest>consumer(Addresses.cohortMembersOf(member), this::tellMembers)
                        .completion());
    }

    /** Calls back, on any thread, when a node says that cohorts have changed; saying so is no more than a hint. */
    Future<?> onChange(Runnable callback) {
        return vertx.eventBus()
                .<Object>consumer(Addresses.COHORTS_CHANGED, message -> callback.run())
                .completion();
    }

    /** Says to all nodes that cohorts have changed. */
    void announce() {
        vertx.eventBus().publish(Addresses.COHORTS_CHANGED, question(known.get(), true));
    }

    /**
     * What another node knows of all cohorts; null if it is what this node has, or if it may be older: only a node that has
     * just read the database is believed when it has a lower revision, or other content under the same one.
     *
     * @param complete whether this node serves all that it knows of
     */
    Future<@Nullable StoredCohorts> heads(String member, boolean complete) {
        StoredCohorts own = known.get();
        return vertx.eventBus()
                .<CohortHeadsResponse>request(Addresses.cohortHeadsOf(member), question(own, complete), OPTIONS)
                .map(message -> follow(own, complete, message.body()));
    }

    private static CohortHeadsRequest question(StoredCohorts own, boolean complete) {
        return new CohortHeadsRequest(complete ? own.revision() : -1, own.revision(), own.fingerprint());
    }

    private static @Nullable StoredCohorts follow(StoredCohorts own, boolean complete, CohortHeadsResponse answer) {
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

    /** The members that another node has. */
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

    /** One that has seen more than this node, or other content, asks for what the database has now. */
    private void tellHeads(Message<CohortHeadsRequest> message) {
        CohortHeadsRequest asked = message.body();
        StoredCohorts all = known.get();
        boolean ahead = asked.fingerprint() != 0
                && (asked.latest() > all.revision()
                        || (asked.latest() == all.revision() && asked.fingerprint() != all.fingerprint()));
        if (!ahead) {
            tellHeads(message, all, false);
            return;
        }
        confirmation
                .get()
                .onComplete(confirmed -> tellHeads(
                        message, known.get(), confirmed.succeeded() && Boolean.TRUE.equals(confirmed.result())));
    }

    private static void tellHeads(Message<CohortHeadsRequest> message, StoredCohorts all, boolean confirmed) {
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

    private void tellMembers(Message<CohortSliceRequest> message) {
        CohortSliceRequest asked = message.body();
        Cohort cohort = uploaded.get().find(asked.id());
        if (cohort == null
                || cohort.lastModified() != asked.lastModified()
                || !(cohort.body() instanceof OnDisk body)
                || asked.offset() < 0
                || asked.length() < 0
                || asked.length() > PIECE) {
            message.fail(FailureCode.INVALID_REQUEST.number(), "this node does not have that");
            return;
        }
        reader.executeBlocking(() -> read(cohort, body, asked))
                .onComplete(
                        bytes -> message.reply(new CohortSlice(bytes)),
                        failure -> message.fail(FailureCode.INTERNAL.number(), "the disk does not give it"));
    }

    private static Buffer read(Cohort cohort, OnDisk body, CohortSliceRequest asked) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(asked.length());
        try (FileChannel file = FileChannel.open(body.json())) {
            long at = CohortFormat.start(cohort.head()).length + asked.offset();
            while (bytes.hasRemaining() && file.read(bytes, at + bytes.position()) >= 0) {
                // Goes on where the last read ended.
            }
        }
        return Buffer.buffer(bytes.array()).slice(0, bytes.position());
    }
}
