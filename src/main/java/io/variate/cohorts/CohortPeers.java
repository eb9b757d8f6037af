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
    private final WorkerExecutor reader;

    /**
     * Tells of the cohorts of this node.
     *
     * @param known what this node knows of all
     */
    CohortPeers(Vertx vertx, UploadedCohorts uploaded, Supplier<StoredCohorts> known) {
        this.vertx = vertx;
        this.uploaded = uploaded;
        this.known = known;
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
        vertx.eventBus()
                .publish(
                        Addresses.COHORTS_CHANGED,
                        new CohortHeadsRequest(known.get().revision()));
    }

    /** What another node knows of all cohorts; null if it is no more than what this node has. */
    Future<@Nullable StoredCohorts> heads(String member, long revision) {
        return vertx.eventBus()
                .<CohortHeadsResponse>request(
                        Addresses.cohortHeadsOf(member), new CohortHeadsRequest(revision), OPTIONS)
                .map(message -> message.body().revision() <= revision ? null : heads(message.body()));
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

    private void tellHeads(Message<CohortHeadsRequest> message) {
        StoredCohorts all = known.get();
        message.reply(new CohortHeadsResponse(
                all.revision(),
                all.revision() == message.body().known()
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
